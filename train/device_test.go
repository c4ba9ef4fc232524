package train_test

import (
	"errors"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/train"
)

// TestDropoutIsDrawnAnew trains a net that draws random numbers, whose steps are
// not recorded, for a replay would draw the same ones: equal batches at a
// learning rate of 0 have losses that differ.
func TestDropoutIsDrawnAnew(t *testing.T) {
	train.RecordAnywhere(t, 1)
	m, err := zoo.Build("MLP", zoo.Options{Classes: 2, Width: 16, Depth: 2, FixDim: 64, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	i := len(m.Graph.Nodes) - 1 // the classifier
	dropped := &graphs.Node{Op: "Dropout", Inputs: []string{m.Graph.Nodes[i].Inputs[0]}, Outputs: []string{"dropped"}}
	m.Graph.Nodes[i].Inputs[0] = "dropped"
	m.Graph.Nodes = append(m.Graph.Nodes[:i:i], dropped, m.Graph.Nodes[i])
	c := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop, c.Schedule.LR = train.DeviceLoop, 1e-30 })
	if c.Net, err = training.NewNet(m, training.Options{Dropout: true}); err != nil {
		t.Fatal(err)
	}
	epochs := trainEpochs(t, newTrainer(t, c, noise(8, pixels)), 4)
	for i, e := range epochs[1:] {
		if e.Loss == epochs[0].Loss {
			t.Errorf("epochs 1 and %d have the same loss, %v", i+2, e.Loss)
		}
	}
}

// TestLooperTakesOver has an epoch that cannot be recorded, after one that was:
// training goes on from where it was.
func TestLooperTakesOver(t *testing.T) {
	train.RecordAnywhere(t, 1)
	c := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop = train.DeviceLoop })
	data := noise(23, pixels)
	want := newTrainer(t, c, data)
	got := newTrainer(t, c, data)
	trainEpochs(t, want, 1)
	trainEpochs(t, got, 1)
	train.FailToRecord(t, got)
	wantEpochs := trainEpochs(t, want, 2)
	for i, e := range trainEpochs(t, got, 2) {
		if !near(e.Loss, wantEpochs[i].Loss, 1e-4) {
			t.Errorf("epoch %d: loss %v, want %v", i+2, e.Loss, wantEpochs[i].Loss)
		}
	}
	values := valuesOf(t, got)
	for name, v := range valuesOf(t, want) {
		if d := distance(values[name], v); !(d < 1e-3) {
			t.Errorf("%s differs by %g of its norm", name, d)
		}
	}
}

// TestRecordedBatchesCarryTheSame records batches of two sizes of which convolutions
// by one alone would be filtered: what passes between them is carried in one form.
func TestRecordedBatchesCarryTheSame(t *testing.T) {
	train.RecordAnywhere(t, 1)
	b, err := graphs.NewBuilder(graphs.NewModel("filtered", 18))
	if err != nil {
		t.Fatal(err)
	}
	kernels := func(name string, dims ...int64) string {
		w := make([]float32, dims[0]*dims[1]*dims[2]*dims[3])
		for i := range w {
			w[i] = float32(i%7-3) / 60
		}
		return b.Initializer(graphs.NewFloats(name, dims, w))
	}
	same := graphs.Ints("pads", 1, 1, 1, 1)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: append(graphs.Shape{graphs.Symbolic("N")}, graphs.StaticShape(1, 8, 8)...)})
	h := b.Op("Tanh", []string{b.Op("Conv", []string{x, kernels("first", 96, 1, 3, 3)}, same)})
	h = b.Op("Tanh", []string{b.Op("Conv", []string{h, kernels("second", 96, 96, 3, 3)}, same)}) // too large for a bundle
	h = b.Op("Conv", []string{h, kernels("third", 2, 96, 1, 1)})
	b.Output(b.Named("logits", "Flatten", []string{b.ReduceMean(h, true, 2, 3)}))
	c := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.BatchSize = 16 })
	if c.Net, err = training.NewNet(b.Model(), training.Options{}); err != nil {
		t.Fatal(err)
	}
	data := noise(37, 64)
	c.Loop = train.HostLoop
	host := newTrainer(t, c, data)
	want := trainEpochs(t, host, 2)
	c.Loop = train.DeviceLoop
	device := newTrainer(t, c, data)
	for i, e := range trainEpochs(t, device, 2) {
		if !near(e.Loss, want[i].Loss, 1e-4) {
			t.Errorf("epoch %d: loss %v, want %v", i+1, e.Loss, want[i].Loss)
		}
	}
	if !train.Records(device) {
		t.Error("steps were not recorded")
	}
}

// TestFailedRun trains a net that takes a row of its weights by number: one that
// is not there ends training. What there was before can still be evaluated.
func TestFailedRun(t *testing.T) {
	onEveryLoop(t, func(t *testing.T, loop train.LoopKind) {
		b, err := graphs.NewBuilder(graphs.NewModel("rows", 18))
		if err != nil {
			t.Fatal(err)
		}
		x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(1)}})
		row := b.Cast(b.ReshapeTo(x, -1), graphs.Int64)
		b.Output(b.Named("logits", "Gather", []string{b.Initializer(graphs.NewFloats("weight", []int64{2, 2}, []float32{1, 0, 0, 1})), row}))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		c := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop, c.BatchSize = loop, 2 })
		if c.Net, err = training.NewNet(b.Model(), training.Options{Params: []string{"weight"}}); err != nil {
			t.Fatal(err)
		}
		good := table{x: []float32{0, 1, 0, 1}, labels: []int64{0, 1, 1, 0}}
		trainer := newTrainer(t, c, table{x: []float32{0, 1, 0, 9}, labels: good.labels})
		if _, err := trainer.Train(t.Context(), nil); err == nil {
			t.Error("row 9 of 2: no error")
		}
		if _, _, err := trainer.Evaluate(t.Context(), good); err != nil {
			t.Error(err)
		}
		if _, err := trainer.Checkpoint("key"); !errors.Is(err, train.ErrTorn) {
			t.Errorf("the error of a checkpoint is %v", err)
		}
	})
}
