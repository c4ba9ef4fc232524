package train_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
	"github.com/memdil/memdil/train"
)

// smallConfig trains an MLP with BatchNormalization on noise.
func smallConfig(t testing.TB, change func(*zoo.Options, *train.Config)) train.Config {
	t.Helper()
	o := zoo.Options{Classes: 2, Width: 16, Depth: 2, BatchNorm: true, Seed: 3}
	c := train.Config{
		Objective: training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}},
		Optimizer: training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 1e-3},
		Schedule:  train.Schedule{LR: 0.05, Gamma: 0.1, Patience: 2},
		BatchSize: 8, Seed: 5,
	}
	if change != nil {
		change(&o, &c)
	}
	m, err := zoo.Build("MLP", o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Net, err = training.NewNet(m, training.Options{}); err != nil {
		t.Fatal(err)
	}
	return c
}

func newTrainer(t testing.TB, c train.Config) *train.Trainer {
	t.Helper()
	trainer, err := train.New(orttest.Runtime(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trainer.Close)
	return trainer
}

const pixels = 3 * 32 * 32

// trainEpochs trains until so many epochs are done and returns their records,
// times left out.
func trainEpochs(t *testing.T, trainer *train.Trainer, data train.Data, epochs int) []train.Epoch {
	t.Helper()
	var out []train.Epoch
	for trainer.Position().Epoch < epochs {
		e, err := trainer.Train(t.Context(), data, nil)
		if err != nil {
			t.Fatal(err)
		}
		e.Seconds, e.SamplesPerSecond = 0, 0
		out = append(out, e)
	}
	return out
}

// TestResumeIsExact interrupts training at every batch of the second epoch and
// goes on from the file in a new Trainer: losses and weights are those of an
// undisturbed training, bit for bit, the last partial batch included.
func TestResumeIsExact(t *testing.T) {
	for _, optimizer := range []training.OptimizerKind{training.SGD, training.Adam} {
		t.Run(string(optimizer), func(t *testing.T) {
			config := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Optimizer.Kind = optimizer })
			data := noise(29, pixels)
			whole := newTrainer(t, config)
			want := trainEpochs(t, whole, data, 3)
			for stop := range 4 {
				path := filepath.Join(t.TempDir(), "c")
				interrupt(t, newTrainer(t, config), data, stop, path)
				resumed := newTrainer(t, config)
				c, err := train.ReadCheckpoint(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := resumed.Restore(c); err != nil {
					t.Fatal(err)
				}
				got := trainEpochs(t, resumed, data, 3)
				if !reflect.DeepEqual(got, want[1:]) {
					t.Errorf("stopped before batch %d: epochs are %+v, want %+v", stop, got, want[1:])
				}
				if !reflect.DeepEqual(resumed.Values(), whole.Values()) {
					t.Errorf("stopped before batch %d: the weights differ", stop)
				}
			}
		})
	}
}

// interrupt trains one epoch and cancels the next one after the given number
// of batches, then writes a checkpoint.
func interrupt(t *testing.T, trainer *train.Trainer, data train.Data, batches int, path string) {
	t.Helper()
	trainEpochs(t, trainer, data, 1)
	ctx, cancel := context.WithCancel(t.Context())
	if batches == 0 {
		cancel()
	}
	_, err := trainer.Train(ctx, data, func(batch, _ int, _ float64) {
		if batch == batches {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
	if got := trainer.Position(); got.Epoch != 1 || got.Batch != batches {
		t.Fatalf("stopped at %+v, want batch %d of epoch 2", got, batches)
	}
	if err := train.WriteCheckpoint(path, trainer.Checkpoint("key")); err != nil {
		t.Fatal(err)
	}
}

// TestMemoryStaysPut trains under constant garbage collection: the runtime
// must never read memory that the collector took back.
func TestMemoryStaysPut(t *testing.T) {
	config := smallConfig(t, nil)
	data := noise(29, pixels)
	calm := newTrainer(t, config)
	want := trainEpochs(t, calm, data, 4)
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	disturbed := newTrainer(t, config)
	for disturbed.Position().Epoch < 4 {
		runtime.GC()
		if _, err := disturbed.Train(t.Context(), data, func(int, int, float64) { runtime.GC() }); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(calm.Values(), disturbed.Values()) {
		t.Errorf("garbage collection changed the weights (losses without: %+v)", want)
	}
}

func TestLearns(t *testing.T) {
	trainer := newTrainer(t, smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Schedule.Patience = 0 }))
	data := noise(64, pixels)
	epochs := trainEpochs(t, trainer, data, 30)
	if first, last := epochs[0], epochs[29]; !(last.Loss < first.Loss/2) || last.Accuracy < 90 {
		t.Errorf("from %+v to %+v: nothing was learnt", first, last)
	}
	loss, accuracy, err := trainer.Evaluate(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if !(loss < 0.6) || accuracy < 90 {
		t.Errorf("evaluation gives loss %g, accuracy %g", loss, accuracy)
	}
}

func TestDivergence(t *testing.T) {
	trainer := newTrainer(t, smallConfig(t, nil))
	data := noise(16, pixels)
	data.x[5] = float32(math.NaN())
	_, err := trainer.Train(t.Context(), data, nil)
	var diverged *train.DivergedError
	if !errors.As(err, &diverged) || diverged.Epoch != 1 {
		t.Errorf("error is %v", err)
	}
}

// TestLastBatch checks which samples an epoch uses.
func TestLastBatch(t *testing.T) {
	for _, c := range []struct {
		n, batch  int
		batchNorm bool
		batches   int
		skipped   int
	}{
		{16, 8, true, 2, 0},
		{19, 8, true, 3, 0},
		{17, 8, true, 2, 1},  // one sample has no variance
		{17, 8, false, 3, 0}, // but is welcome without BatchNormalization
	} {
		trainer := newTrainer(t, smallConfig(t, func(o *zoo.Options, cfg *train.Config) {
			o.BatchNorm, cfg.BatchSize = c.batchNorm, c.batch
		}))
		batches := 0
		e, err := trainer.Train(t.Context(), noise(c.n, pixels), func(_, n int, _ float64) { batches = n })
		if err != nil {
			t.Fatal(err)
		}
		if batches != c.batches || e.Skipped != c.skipped {
			t.Errorf("%d samples in batches of %d: %d batches, %d left out; want %d, %d", c.n, c.batch, batches, e.Skipped, c.batches, c.skipped)
		}
	}
}

func TestBadConfigs(t *testing.T) {
	rt := orttest.Runtime(t)
	for name, change := range map[string]func(*zoo.Options, *train.Config){
		"batch size":    func(_ *zoo.Options, c *train.Config) { c.BatchSize = 0 },
		"learning rate": func(_ *zoo.Options, c *train.Config) { c.Schedule.LR = -1 },
		"gamma":         func(_ *zoo.Options, c *train.Config) { c.Schedule.Gamma = math.NaN() },
		"milestone":     func(_ *zoo.Options, c *train.Config) { c.Schedule.Milestones = []int{0} },
		"momentum":      func(_ *zoo.Options, c *train.Config) { c.Optimizer.Momentum = 1 },
		"alpha": func(_ *zoo.Options, c *train.Config) {
			c.Objective.Loss = training.Loss{Kind: training.LabelRelaxation}
		},
	} {
		if trainer, err := train.New(rt, smallConfig(t, change)); err == nil {
			trainer.Close()
			t.Errorf("%s: no error", name)
		}
	}
	trainer := newTrainer(t, smallConfig(t, nil))
	if _, err := trainer.Train(t.Context(), noise(4, pixels), nil); err == nil {
		t.Error("batch larger than the data: no error")
	}
}

func TestDamagedCheckpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c")
	trainer := newTrainer(t, smallConfig(t, nil))
	if err := train.WriteCheckpoint(path, trainer.Checkpoint("key")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)/2] ^= 1
	for name, data := range map[string][]byte{"empty": nil, "cut": good[:len(good)-1], "flipped": flipped, "text": []byte("hello")} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := train.ReadCheckpoint(path); !errors.Is(err, train.ErrCorrupt) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, err := train.ReadCheckpoint(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: error is %v", err)
	}
	other := newTrainer(t, smallConfig(t, func(o *zoo.Options, _ *train.Config) { o.Width = 8 }))
	if err := other.Restore(trainer.Checkpoint("key")); err == nil {
		t.Error("checkpoint of another net: no error")
	}
}

func FuzzReadCheckpoint(f *testing.F) {
	path := filepath.Join(f.TempDir(), "c")
	if err := train.WriteCheckpoint(path, train.Checkpoint{Key: "k"}); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("memdil checkpoint 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(t.TempDir(), "c")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := train.ReadCheckpoint(file); err != nil && !errors.Is(err, train.ErrCorrupt) {
			t.Errorf("error %v does not say that the file is damaged", err)
		}
	})
}
