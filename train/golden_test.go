package train_test

import (
	"math"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort/orttest"
	"github.com/memdil/memdil/train"
)

// table is data in memory.
type table struct {
	x      []float32
	labels []int64
	rows   []int // row i of the table stands at rows[i]; nil for the order itself
}

func (d table) row(i int) int {
	if d.rows != nil {
		return d.rows[i]
	}
	return i
}

func (d table) Len() int {
	if d.rows != nil {
		return len(d.rows)
	}
	return len(d.labels)
}
func (d table) Label(i int) int64 { return d.labels[d.row(i)] }
func (d table) Fill(x []float32, i int) {
	copy(x, d.x[d.row(i)*len(x):])
}

func loadNet(t testing.TB, path string) *training.Net {
	t.Helper()
	m, err := graphs.Decode(golden.Bytes(t, path))
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestHostLoopMatchesPyTorch trains every golden case by the host loop, in
// float32 on the runtime, an "epoch" of one batch a step so that the batches
// are PyTorch's.
func TestHostLoopMatchesPyTorch(t *testing.T) {
	rt := orttest.Runtime(t)
	for _, name := range golden.Cases(t, "train") {
		t.Run(name, func(t *testing.T) {
			var c golden.TrainCase
			golden.JSON(t, name+"/case.json", &c)
			data := &table{x: golden.NPY(t, name+"/x.npy").Float32s(), labels: golden.NPY(t, name+"/labels.npy").Ints()}
			trainer, err := train.New(rt, train.Config{
				Net:       loadNet(t, name+"/model.onnx"),
				Objective: training.Objective{Loss: training.Loss{Kind: training.LossKind(c.LossFunction.Type), Alpha: c.LossFunction.Alpha}},
				Optimizer: training.Optimizer{Kind: training.OptimizerKind(c.Optimizer.Type), Momentum: c.Optimizer.Momentum, WeightDecay: c.Optimizer.WeightDecay},
				Schedule:  train.Schedule{LR: c.Optimizer.LR, Gamma: 1},
				BatchSize: c.BatchSize,
			}, data)
			if err != nil {
				t.Fatal(err)
			}
			defer trainer.Close()
			checkLosses(t, trainer, data, name, c)
			values := valuesOf(t, trainer)
			for _, p := range append(c.Parameters, c.Buffers...) {
				checkTensor(t, p, values[p.Name], golden.NPY(t, name+"/final/"+p.Name+".npy").Floats)
			}
		})
	}
}

func checkLosses(t *testing.T, trainer *train.Trainer, data *table, name string, c golden.TrainCase) {
	batches, losses := golden.NPY(t, name+"/batches.npy").Ints(), golden.NPY(t, name+"/losses.npy").Floats
	for step := range c.Steps {
		data.rows = data.rows[:0]
		for _, r := range batches[step*c.BatchSize : (step+1)*c.BatchSize] {
			data.rows = append(data.rows, int(r))
		}
		e, err := trainer.Train(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(e.Loss - losses[step]); !(d <= 1e-5) {
			t.Fatalf("loss of step %d is %v, want %v", step, e.Loss, losses[step])
		}
	}
}

func checkTensor(t *testing.T, p golden.TrainTensor, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d elements, want %d", p.Name, len(got), len(want))
		return
	}
	worst := 0.0
	for i, v := range got {
		worst = max(worst, math.Abs(float64(v)-want[i]))
	}
	if tolerance := p.Tolerance(); !(worst <= tolerance) {
		t.Errorf("%s differs by %g, allowed %g", p.Name, worst, tolerance)
	}
}
