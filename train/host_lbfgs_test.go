package train_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
	"github.com/memdil/memdil/random"
	"github.com/memdil/memdil/train"
)

// lbfgsConfig trains a small MLP by L-BFGS.
func lbfgsConfig(t testing.TB, change func(*zoo.Options, *train.Config)) train.Config {
	t.Helper()
	return smallConfig(t, func(o *zoo.Options, c *train.Config) {
		c.Optimizer = training.Optimizer{Kind: training.LBFGS, History: 3, WeightDecay: 1e-3}
		c.Schedule = train.Schedule{LR: 0.1, Gamma: 1}
		if change != nil {
			change(o, c)
		}
	})
}

// refused checks that there is no Trainer of a configuration.
func refused(t *testing.T, name string, c train.Config) {
	t.Helper()
	if trainer, err := train.New(orttest.Runtime(t), c, noise(16, pixels)); err == nil {
		trainer.Close()
		t.Errorf("%s: no error", name)
	}
}

func TestLBFGSRefused(t *testing.T) {
	refused(t, "device loop", lbfgsConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop = train.DeviceLoop }))
	refused(t, "no history", lbfgsConfig(t, func(_ *zoo.Options, c *train.Config) { c.Optimizer.History = 0 }))
}

// TestLBFGSRestoresItsOwn refuses checkpoints of other optimizers and networks,
// and what is not as many numbers as it should be.
func TestLBFGSRestoresItsOwn(t *testing.T) {
	data := noise(16, pixels)
	trainer := newTrainer(t, lbfgsConfig(t, nil), data)
	trainEpochs(t, trainer, 1)
	good := checkpointOf(t, trainer)
	sgd := newTrainer(t, smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Optimizer.Momentum = 0 }), data)
	if err := sgd.Restore(good); err == nil {
		t.Error("SGD goes on where L-BFGS was")
	}
	other := good
	other.LBFGS = nil
	fewer := good
	fewer.Tensors = good.Tensors[:len(good.Tensors)-1]
	longer := good
	longer.Tensors = append(slices.Clone(fewer.Tensors), graphs.NewFloats("lbfgs.y.0", []int64{3}, []float32{1, 2, 3}))
	more := good
	more.LBFGS = &train.LBFGSState{Rho: make([]float64, 100)}
	for name, c := range map[string]train.Checkpoint{"of SGD": other, "one tensor too few": fewer, "another size": longer, "more pairs than tensors": more} {
		if err := trainer.Restore(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := checkpointOf(t, trainer); !reflect.DeepEqual(got, good) {
		t.Error("a refused checkpoint has changed the state")
	}
}

// TestLBFGSResumeIsExact interrupts training wherever it can, as
// TestResumeIsExact does: what L-BFGS remembers is part of the state.
func TestLBFGSResumeIsExact(t *testing.T) {
	testResume(t, lbfgsConfig(t, nil))
	testResume(t, lbfgsConfig(t, func(_ *zoo.Options, c *train.Config) { c.MicroBatch = 3 }))
}

// TestLBFGSMemoryStaysPut trains under constant garbage collection.
func TestLBFGSMemoryStaysPut(t *testing.T) {
	config := lbfgsConfig(t, nil)
	calm := newTrainer(t, config, noise(29, pixels))
	trainEpochs(t, calm, 2)
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	disturbed := newTrainer(t, config, noise(29, pixels))
	trainEpochs(t, disturbed, 2)
	if !reflect.DeepEqual(valuesOf(t, calm), valuesOf(t, disturbed)) {
		t.Error("garbage collection changed the weights")
	}
}

// TestLBFGSLearns trains on the whole data at once, in ghost batches: one step
// an epoch, at an ever smaller loss.
func TestLBFGSLearns(t *testing.T) {
	config := lbfgsConfig(t, func(o *zoo.Options, c *train.Config) { o.BatchNorm, c.BatchSize, c.MicroBatch = false, 0, 20 })
	evaluations, lowest := 0, math.Inf(1)
	config.Evaluated = func(batch, batches int, loss float64) {
		evaluations, lowest = evaluations+1, min(lowest, loss)
		if batch != 0 || batches != 1 {
			t.Errorf("evaluated in batch %d of %d", batch, batches)
		}
	}
	trainer := newTrainer(t, config, noise(64, pixels))
	epochs := trainEpochs(t, trainer, 4)
	if last := epochs[3].Loss; evaluations < 8 || evaluations > 4*26 || !(lowest <= last) {
		t.Errorf("%d evaluations, the lowest loss %v; that before the last step %v", evaluations, lowest, last)
	}
	for i, e := range epochs[1:] {
		if !(e.Loss < epochs[i].Loss) {
			t.Errorf("the loss rises from %v to %v", epochs[i].Loss, e.Loss)
		}
	}
	if last := epochs[3]; !(last.Loss < epochs[0].Loss/2) || trainer.Position().Steps != 4 {
		t.Errorf("after %d steps: %+v, from %+v", trainer.Position().Steps, last, epochs[0])
	}
}

// TestLBFGSGhostBatches does a step on all data, in pieces and in one.
func TestLBFGSGhostBatches(t *testing.T) {
	config := lbfgsConfig(t, func(o *zoo.Options, c *train.Config) {
		*o = zoo.Options{Classes: 4, Width: 16, Depth: 2, FixDim: 8, Seed: 4}
		c.BatchSize, c.Optimizer.WeightDecay, c.Schedule.LR = 0, 0.01, 1
	})
	whole := newTrainer(t, config, noise(96, pixels))
	trainEpochs(t, whole, 1)
	config.MicroBatch = 20
	pieces := newTrainer(t, config, noise(96, pixels))
	trainEpochs(t, pieces, 1)
	values := valuesOf(t, pieces)
	for name, want := range valuesOf(t, whole) {
		if d := distance(values[name], want); !(d < 1e-3) {
			t.Errorf("%s differs by %g of its norm", name, d)
		}
	}
}

// TestLBFGSGivesUp stops training within a step: without patience the step is
// given up, and there is nothing to keep, until a restore; with patience it is
// finished.
func TestLBFGSGivesUp(t *testing.T) {
	data := &stopper{table: noise(29, pixels)}
	trainer := newTrainer(t, lbfgsConfig(t, func(_ *zoo.Options, c *train.Config) { c.BatchSize, c.MicroBatch = 0, 8 }), data)
	start := checkpointOf(t, trainer)
	stopped := func() error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		data.stop = cancel
		_, err := trainer.Train(ctx, nil)
		return err
	}
	if err := stopped(); err != nil || trainer.Position().Epoch != 1 {
		t.Fatalf("with patience: %v at %+v", err, trainer.Position())
	}
	train.GiveUpAfter(t, 0)
	if err := stopped(); !errors.Is(err, context.Canceled) {
		t.Fatalf("without patience: %v", err)
	}
	if _, err := trainer.Checkpoint("key"); !errors.Is(err, train.ErrTorn) {
		t.Errorf("a torn state is kept: %v", err)
	}
	if _, err := trainer.Train(t.Context(), nil); !errors.Is(err, train.ErrTorn) {
		t.Errorf("training goes on from a torn state: %v", err)
	}
	if err := trainer.Restore(start); err != nil {
		t.Fatal(err)
	}
	if got := checkpointOf(t, trainer); !reflect.DeepEqual(got, start) {
		t.Error("the state that was restored is another one")
	}
}

// stopper is data that stop training while they are read.
type stopper struct {
	table
	stop func()
}

func (s *stopper) Fill(x []float32, i int) {
	s.table.Fill(x, i)
	s.stop()
}

// netCase is a training for fixtures/golden/lbfgs/make.py.
type netCase struct {
	Name        string  `json:"name"`
	Model       string  `json:"model"`
	X           string  `json:"x"`
	Labels      []int64 `json:"labels"`
	Batches     [][]int `json:"batches"`
	LR          float64 `json:"lr"`
	History     int     `json:"history"`
	WeightDecay float64 `json:"weight_decay"`
	Ghost       int     `json:"ghost"`
}

// netStep is what PyTorch did in a step: the losses of all evaluations,
// without decay, and the first elements of the tensors after it.
type netStep struct {
	Tried []float64
	After map[string][]float64
}

// TestLBFGSTrainsAsPyTorch trains MLPs beside torch.optim.LBFGS in float64:
// minibatches and the full batch, whole and in ghost batches, with and without
// BatchNormalization and decay.
func TestLBFGSTrainsAsPyTorch(t *testing.T) {
	dir := t.TempDir()
	data := noise(96, pixels)
	raw, err := binary.Append(nil, binary.LittleEndian, data.x)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "x"), raw)
	var cases []netCase
	for i, c := range []struct {
		batchNorm bool
		batch     int
		netCase
	}{
		{true, 32, netCase{Name: "minibatches, BatchNormalization", LR: 0.1, History: 10, WeightDecay: 0.05}},
		{false, 96, netCase{Name: "full batch", LR: 1, History: 3, WeightDecay: 0.01}},
		{false, 96, netCase{Name: "ghost batches", LR: 1, History: 3, Ghost: 20, WeightDecay: 0.01}},
		{true, 96, netCase{Name: "ghost batches, BatchNormalization", LR: 1, History: 4, Ghost: 32, WeightDecay: 0.05}},
	} {
		c.X, c.Labels = filepath.Join(dir, "x"), data.labels
		c.Model = filepath.Join(dir, fmt.Sprintf("%d.onnx", i))
		m, err := zoo.Build("MLP", zoo.Options{Classes: 4, Width: 16, Depth: 2, BatchNorm: c.batchNorm, FixDim: 8, Seed: 4})
		if err != nil {
			t.Fatal(err)
		}
		if err := graphs.Save(c.Model, m); err != nil {
			t.Fatal(err)
		}
		for step := range 2 { // later rounding shows
			batch := make([]int, c.batch)
			for k := range batch {
				batch[k] = (step*c.batch + k) % data.Len()
			}
			c.Batches = append(c.Batches, batch)
		}
		cases = append(cases, c.netCase)
	}
	spec, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "spec.json"), spec)
	out := python.Run(t, []string{"torch", "onnx", "numpy"}, "../fixtures/golden/lbfgs/make.py", "nets", filepath.Join(dir, "spec.json"))
	var traces [][]netStep
	if err := json.Unmarshal([]byte(out), &traces); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		trainAsPyTorch(t, c, &data, traces[i])
	}
}

func trainAsPyTorch(t *testing.T, c netCase, data *table, want []netStep) {
	t.Helper()
	m, err := graphs.Load(c.Model)
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	trainer := newTrainer(t, train.Config{
		Net:        net,
		Objective:  training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}},
		Optimizer:  training.Optimizer{Kind: training.LBFGS, History: c.History, WeightDecay: c.WeightDecay},
		Schedule:   train.Schedule{LR: c.LR, Gamma: 1},
		MicroBatch: c.Ghost,
	}, data)
	for i, batch := range c.Batches {
		// Piece by piece the samples are to be PyTorch's, whatever their order.
		data.rows = make([]int, len(batch))
		for k, row := range random.New(0, random.Order, uint64(i)).Perm(len(batch)) {
			data.rows[row] = batch[k]
		}
		e, err := trainer.Train(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(e.Loss - want[i].Tried[0]); !(d < 1e-4) {
			t.Errorf("%s, step %d: loss %v, want %v", c.Name, i+1, e.Loss, want[i].Tried[0])
		}
		for name, got := range valuesOf(t, trainer) {
			var first []float32
			for _, v := range want[i].After[name] {
				first = append(first, float32(v))
			}
			d := distance(got[:len(first)], first)
			if len(first) == 0 || !(d < 1e-3) {
				t.Errorf("%s, after step %d: %s differs by %g of its norm", c.Name, i+1, name, d)
			}
		}
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
