package train_test

import (
	"bytes"
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
	return modelConfig(t, "MLP", change)
}

// modelConfig trains a model of the zoo.
func modelConfig(t testing.TB, model string, change func(*zoo.Options, *train.Config)) train.Config {
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
	m, err := zoo.Build(model, o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Net, err = training.NewNet(m, training.Options{Freeze: zoo.Frozen(o)}); err != nil {
		t.Fatal(err)
	}
	return c
}

func newTrainer(t testing.TB, c train.Config, data train.Data) *train.Trainer {
	t.Helper()
	trainer, err := train.New(orttest.Runtime(t), c, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trainer.Close)
	return trainer
}

const pixels = 3 * 32 * 32

// trainEpochs trains until so many epochs are done and returns their records,
// times left out.
func trainEpochs(t *testing.T, trainer *train.Trainer, epochs int) []train.Epoch {
	t.Helper()
	var out []train.Epoch
	for trainer.Position().Epoch < epochs {
		e, err := trainer.Train(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		e.Seconds, e.SamplesPerSecond = 0, 0
		out = append(out, e)
	}
	return out
}

// loops are what every test of behaviour runs on.
var loops = []train.LoopKind{train.HostLoop, train.DeviceLoop}

// onEveryLoop runs a test on each of them, on the device loop also as a GPU runs
// it.
func onEveryLoop(t *testing.T, test func(*testing.T, train.LoopKind)) {
	for _, loop := range loops {
		t.Run(string(loop), func(t *testing.T) { test(t, loop) })
	}
	t.Run("recorded", func(t *testing.T) {
		train.RecordAnywhere(t, 1)
		test(t, train.DeviceLoop)
	})
}

func valuesOf(t *testing.T, trainer *train.Trainer) map[string][]float32 {
	t.Helper()
	values, err := trainer.Values()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// checkpointOf returns the trainer's state, to keep.
func checkpointOf(t *testing.T, trainer *train.Trainer) train.Checkpoint {
	t.Helper()
	c, err := trainer.Checkpoint("key")
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range c.Tensors {
		tensor.Data = bytes.Clone(tensor.Data)
	}
	return c
}

// TestResumeIsExact interrupts training wherever it can in the second epoch and
// goes on from the file in a new Trainer: losses and weights are those of an
// undisturbed training, bit for bit, the last partial batch included.
func TestResumeIsExact(t *testing.T) {
	for name, change := range map[string]func(*train.Config){
		"SGD":  func(*train.Config) {},
		"Adam": func(c *train.Config) { c.Optimizer.Kind = training.Adam },
		// Only after the first epoch is the rate low enough for a recording of its own.
		"rates": func(c *train.Config) { c.Optimizer.WeightDecay, c.Schedule.Patience = 0.02, 1 },
	} {
		t.Run(name, func(t *testing.T) {
			onEveryLoop(t, func(t *testing.T, loop train.LoopKind) {
				testResume(t, smallConfig(t, func(_ *zoo.Options, c *train.Config) {
					c.Loop = loop
					change(c)
				}))
			})
		})
	}
}

func testResume(t *testing.T, config train.Config) {
	stops := []int{0, 1, 2, 3}
	if config.Loop == train.DeviceLoop {
		train.LimitChunks(t, 2)
		stops = []int{0, 2, 3} // between its chunks
	}
	data := noise(29, pixels)
	whole := newTrainer(t, config, data)
	want := trainEpochs(t, whole, 3)
	for _, stop := range stops {
		path := filepath.Join(t.TempDir(), "c")
		interrupt(t, newTrainer(t, config, data), stop, path)
		resumed := newTrainer(t, config, data)
		c, err := train.ReadCheckpoint(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := resumed.Restore(c); err != nil {
			t.Fatal(err)
		}
		got := trainEpochs(t, resumed, 3)
		if !reflect.DeepEqual(got, want[1:]) {
			t.Errorf("stopped before batch %d: epochs are %+v, want %+v", stop, got, want[1:])
		}
		if !reflect.DeepEqual(valuesOf(t, resumed), valuesOf(t, whole)) {
			t.Errorf("stopped before batch %d: the weights differ", stop)
		}
	}
}

// interrupt trains one epoch and cancels the next one after the given number
// of batches, then writes a checkpoint.
func interrupt(t *testing.T, trainer *train.Trainer, batches int, path string) {
	t.Helper()
	trainEpochs(t, trainer, 1)
	ctx, cancel := context.WithCancel(t.Context())
	if batches == 0 {
		cancel()
	}
	_, err := trainer.Train(ctx, func(batch, _ int, _ float64) {
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
	if err := train.WriteCheckpoint(path, checkpointOf(t, trainer)); err != nil {
		t.Fatal(err)
	}
}

// TestMemoryStaysPut trains under constant garbage collection: the runtime
// must never read memory that the collector took back.
func TestMemoryStaysPut(t *testing.T) {
	onEveryLoop(t, func(t *testing.T, loop train.LoopKind) {
		config := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop = loop })
		data := noise(29, pixels)
		calm := newTrainer(t, config, data)
		want := trainEpochs(t, calm, 4)
		defer debug.SetGCPercent(debug.SetGCPercent(1))
		disturbed := newTrainer(t, config, data)
		for disturbed.Position().Epoch < 4 {
			runtime.GC()
			if _, err := disturbed.Train(t.Context(), func(int, int, float64) { runtime.GC() }); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(valuesOf(t, calm), valuesOf(t, disturbed)) {
			t.Errorf("garbage collection changed the weights (losses without: %+v)", want)
		}
	})
}

// TestClose closes, twice, a Trainer that has not trained, and one that has.
func TestClose(t *testing.T) {
	onEveryLoop(t, func(t *testing.T, loop train.LoopKind) {
		for epochs := range 2 {
			trainer := newTrainer(t, smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop = loop }), noise(20, pixels))
			trainEpochs(t, trainer, epochs)
			trainer.Close() // and again when the test ends
		}
	})
}

func TestLearns(t *testing.T) {
	onEveryLoop(t, func(t *testing.T, loop train.LoopKind) {
		data := noise(64, pixels)
		trainer := newTrainer(t, smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Schedule.Patience, c.Loop = 0, loop }), data)
		epochs := trainEpochs(t, trainer, 30)
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
	})
}

// TestDivergence has one sample that makes the loss NaN: the error names the
// batch that it is in.
func TestDivergence(t *testing.T) {
	batches := map[train.LoopKind]int{}
	onEveryLoop(t, func(t *testing.T, loop train.LoopKind) {
		data := noise(64, pixels)
		data.x[5*pixels] = float32(math.NaN())
		trainer := newTrainer(t, smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop = loop }), data)
		_, err := trainer.Train(t.Context(), nil)
		var diverged *train.DivergedError
		if !errors.As(err, &diverged) || diverged.Epoch != 1 {
			t.Fatalf("error is %v", err)
		}
		batches[loop] = diverged.Batch
	})
	if host, device := batches[train.HostLoop], batches[train.DeviceLoop]; host != device || host < 3 {
		t.Errorf("the host loop diverged in batch %d, the device loop in %d", host, device)
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
		onEveryLoop(t, func(t *testing.T, loop train.LoopKind) {
			trainer := newTrainer(t, smallConfig(t, func(o *zoo.Options, cfg *train.Config) {
				o.BatchNorm, cfg.BatchSize, cfg.Loop = c.batchNorm, c.batch, loop
			}), noise(c.n, pixels))
			done, batches := 0, 0
			e, err := trainer.Train(t.Context(), func(batch, n int, _ float64) { done, batches = batch, n })
			if err != nil {
				t.Fatal(err)
			}
			if done != c.batches || batches != c.batches || e.Skipped != c.skipped {
				t.Errorf("%d samples in batches of %d: %d of %d batches, %d left out; want %d, %d", c.n, c.batch, done, batches, e.Skipped, c.batches, c.skipped)
			}
		})
	}
}

func TestBadConfigs(t *testing.T) {
	rt := orttest.Runtime(t)
	for name, change := range map[string]func(*zoo.Options, *train.Config){
		"batch size":    func(_ *zoo.Options, c *train.Config) { c.BatchSize = -1 },
		"learning rate": func(_ *zoo.Options, c *train.Config) { c.Schedule.LR = -1 },
		"gamma":         func(_ *zoo.Options, c *train.Config) { c.Schedule.Gamma = math.NaN() },
		"milestone":     func(_ *zoo.Options, c *train.Config) { c.Schedule.Milestones = []int{0} },
		"momentum":      func(_ *zoo.Options, c *train.Config) { c.Optimizer.Momentum = 1 },
		"alpha": func(_ *zoo.Options, c *train.Config) {
			c.Objective.Loss = training.Loss{Kind: training.LabelRelaxation}
		},
	} {
		if trainer, err := train.New(rt, smallConfig(t, change), noise(16, pixels)); err == nil {
			trainer.Close()
			t.Errorf("%s: no error", name)
		}
	}
	trainer := newTrainer(t, smallConfig(t, nil), noise(4, pixels))
	if _, err := trainer.Train(t.Context(), nil); err == nil {
		t.Error("batch larger than the data: no error")
	}
}

func TestDamagedCheckpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c")
	trainer := newTrainer(t, smallConfig(t, nil), noise(16, pixels))
	if err := train.WriteCheckpoint(path, checkpointOf(t, trainer)); err != nil {
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
	other := newTrainer(t, smallConfig(t, func(o *zoo.Options, _ *train.Config) { o.Width = 8 }), noise(16, pixels))
	if err := other.Restore(checkpointOf(t, trainer)); err == nil {
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
