package training_test

import (
	"math"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// floats turns a golden array into a value.
func floats(a golden.Array) *eval.Value { return eval.Floats(a.Shape, a.Floats...) }

func ints(a golden.Array) *eval.Value { return eval.Ints(a.Shape, a.Ints()...) }

func load(t testing.TB, path string, opts training.Options) *training.Net {
	t.Helper()
	m, err := graphs.Decode(golden.Bytes(t, path))
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, opts)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestGradientMatchesPyTorch compares whole graphs with PyTorch's gradients in
// float64.
func TestGradientMatchesPyTorch(t *testing.T) {
	for _, name := range golden.Cases(t, "grad") {
		t.Run(name, func(t *testing.T) {
			var want struct {
				Loss       float64
				Parameters []struct{ Name string }
			}
			golden.JSON(t, name+"/case.json", &want)
			net := load(t, name+"/model.onnx", training.Options{})
			m, err := net.Gradient(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := eval.Run(m, map[string]*eval.Value{
				net.Input: floats(golden.NPY(t, name+"/x.npy")),
				"label":   ints(golden.NPY(t, name+"/labels.npy")),
			})
			if err != nil {
				t.Fatal(err)
			}
			if d := math.Abs(got["loss"].F[0] - want.Loss); d > 1e-12 {
				t.Errorf("loss is %v, want %v", got["loss"].F[0], want.Loss)
			}
			if len(got) != len(want.Parameters)+1 {
				t.Errorf("%d outputs for %d parameters", len(got), len(want.Parameters))
			}
			for _, p := range want.Parameters {
				ref := golden.NPY(t, name+"/grads/"+p.Name+".npy")
				compare(t, p.Name, got["grad."+p.Name], ref.Floats, 1e-7)
			}
		})
	}
}

func compare(t *testing.T, name string, got *eval.Value, want []float64, tolerance float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is missing", name)
		return
	}
	if len(got.F) != len(want) {
		t.Errorf("%s has %d elements, want %d", name, len(got.F), len(want))
		return
	}
	worst := 0.0
	for i, v := range got.F {
		worst = max(worst, math.Abs(v-want[i]))
	}
	if !(worst <= tolerance) {
		t.Errorf("%s differs by %g, allowed %g", name, worst, tolerance)
	}
}

// trainCase is a golden training run in the terms of this package.
type trainCase struct{ golden.TrainCase }

func (c trainCase) objective() training.Objective {
	o := training.Objective{Loss: training.Loss{Kind: training.LossKind(c.LossFunction.Type), Alpha: c.LossFunction.Alpha}}
	if d := c.SepDecay; d != nil {
		o.Decay = &training.SepDecay{WeightDecay: d.WeightDecay, FeatureDecay: d.FeatureRate, Normalised: d.Features == "l2_normalised"}
	}
	return o
}

func (c trainCase) optimizer() training.Optimizer {
	return training.Optimizer{Kind: training.OptimizerKind(c.Optimizer.Type), Momentum: c.Optimizer.Momentum, WeightDecay: c.Optimizer.WeightDecay}
}

// TestStepMatchesPyTorch trains with the step graph in float64 and compares
// losses and final weights with PyTorch's in float64.
func TestStepMatchesPyTorch(t *testing.T) {
	for _, name := range golden.Cases(t, "train") {
		t.Run(name, func(t *testing.T) {
			var c trainCase
			golden.JSON(t, name+"/case.json", &c)
			net := load(t, name+"/model.onnx", training.Options{})
			m, err := net.Step(c.objective(), c.optimizer())
			if err != nil {
				t.Fatal(err)
			}
			trainWith(t, name, c, m, net.Input)
		})
	}
}

func trainWith(t *testing.T, name string, c trainCase, m *graphs.Model, input string) {
	x, labels := golden.NPY(t, name+"/x.npy"), golden.NPY(t, name+"/labels.npy")
	batches, losses := golden.NPY(t, name+"/batches.npy").Ints(), golden.NPY(t, name+"/losses.npy").Floats
	feeds := map[string]*eval.Value{"lr": eval.Floats(nil, c.Optimizer.LR)}
	var got map[string]*eval.Value
	for step := range c.Steps {
		rows := batches[step*c.BatchSize : (step+1)*c.BatchSize]
		feeds[input] = floats(take(x, rows))
		feeds["label"] = ints(take(labels, rows))
		feeds["t"] = eval.Ints(nil, int64(step+1))
		var err error
		if got, err = eval.Run(m, feeds); err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(got["loss"].F[0] - losses[step]); !(d < 1e-7) {
			t.Fatalf("loss of step %d is %v, want %v", step, got["loss"].F[0], losses[step])
		}
		for out, v := range got {
			if carried, ok := strings.CutPrefix(out, "next."); ok {
				feeds[carried] = v
			}
		}
	}
	for _, p := range c.Parameters {
		tolerance := p.Tolerance()
		compare(t, p.Name, got["next."+p.Name], golden.NPY(t, name+"/final/"+p.Name+".npy").Floats, tolerance)
	}
}

// take returns the given rows of an array.
func take(a golden.Array, rows []int64) golden.Array {
	width := len(a.Floats) / a.Shape[0]
	out := golden.Array{Shape: append([]int{len(rows)}, a.Shape[1:]...)}
	for _, r := range rows {
		out.Floats = append(out.Floats, a.Floats[int(r)*width:(int(r)+1)*width]...)
	}
	return out
}
