package training_test

import (
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

// descent is one step of the device graph down the whole gradient.
type descent struct {
	net       *training.Net
	objective training.Objective
	optimizer training.Optimizer
	model     *graphs.Model
	in        map[string]*eval.Value
}

// newDescent reads a golden case; all planes count as large.
func newDescent(t *testing.T, name string) *descent {
	t.Helper()
	training.AllLarge(t)
	d := &descent{net: load(t, name+"/model.onnx", training.Options{}), objective: training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}},
		optimizer: training.Optimizer{Kind: training.SGD}}
	x := golden.NPY(t, name+"/x.npy")
	var err error
	if d.model, err = d.net.Device(d.objective, d.optimizer, training.DeviceOptions{Batch: x.Shape[0]}); err != nil {
		t.Fatal(err)
	}
	order := make([]int64, x.Shape[0])
	for i := range order {
		order[i] = int64(i)
	}
	d.in = map[string]*eval.Value{
		"data": floats(x), "labels": ints(golden.NPY(t, name+"/labels.npy")), "order": eval.Ints([]int{1, len(order)}, order...),
		"t": eval.Ints(nil, 1), "lr": eval.Floats([]int{1}, 1),
	}
	addCarried(t, d.net, d.optimizer, d.in)
	return d
}

// check compares the gradients, parameters less those after the step, with
// PyTorch's.
func (d *descent) check(t *testing.T, name string, after func(parameter string) *eval.Value, tolerance float64) {
	t.Helper()
	for _, p := range d.net.Parameters {
		gradient := after(p.Name)
		for i := range gradient.F {
			gradient.F[i] = p.Value.At(i) - gradient.F[i]
		}
		compare(t, p.Name, gradient, golden.NPY(t, name+"/grads/"+p.Name+".npy").Floats, tolerance)
	}
}

// TestDeviceGradientsMatchPyTorch computes in float64, and compares running
// statistics with the step graph's.
func TestDeviceGradientsMatchPyTorch(t *testing.T) {
	for _, name := range golden.Cases(t, "grad") {
		t.Run(name, func(t *testing.T) {
			d := newDescent(t, name)
			got, err := eval.Run(d.model, d.in)
			if err != nil {
				t.Fatal(err)
			}
			d.check(t, name, func(p string) *eval.Value { return got["next."+p] }, 1e-7)
			d.checkStatistics(t, got)
			checkBody(t, d.model)
		})
	}
}

// TestDeviceGradientsOnRuntime computes in float32, with ONNX Runtime: the
// largest gradients of these cases are about 1.
func TestDeviceGradientsOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	for _, name := range golden.Cases(t, "grad") {
		t.Run(name, func(t *testing.T) {
			d := newDescent(t, name)
			model, err := graphs.Encode(d.model)
			if err != nil {
				t.Fatal(err)
			}
			s, err := r.NewSession(model, ort.SessionOptions{Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			inputs := map[string]*ort.Buffer{}
			for input, v := range d.in {
				inputs[input] = buffer(t, v)
			}
			got, err := s.Run(inputs, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				for _, b := range got {
					b.Close()
				}
			}()
			d.check(t, name, func(p string) *eval.Value {
				var values []float64
				for _, x := range got["next."+p].Float32s() {
					values = append(values, float64(x))
				}
				return eval.Floats([]int{len(values)}, values...)
			}, 5e-6)
		})
	}
}

// buffer copies a value into memory of the runtime.
func buffer(t *testing.T, v *eval.Value) *ort.Buffer {
	t.Helper()
	shape := make([]int64, len(v.Shape))
	for i, d := range v.Shape {
		shape[i] = int64(d)
	}
	b, err := ort.NewBuffer(ort.DType(v.Type), shape...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if v.Type == graphs.Int64 {
		copy(b.Int64s(), v.I)
	}
	for i, x := range v.F {
		b.Float32s()[i] = float32(x)
	}
	return b
}

// checkStatistics compares running statistics with those of the step graph.
func (d *descent) checkStatistics(t *testing.T, got map[string]*eval.Value) {
	t.Helper()
	m, err := d.net.Step(d.objective, d.optimizer)
	if err != nil {
		t.Fatal(err)
	}
	want, err := eval.Run(m, map[string]*eval.Value{d.net.Input: d.in["data"], "label": d.in["labels"], "t": d.in["t"], "lr": eval.Floats(nil, 1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.net.Buffers {
		compare(t, s.Name, got["next."+s.Name], want["next."+s.Name].F, 1e-7)
	}
}

// TestDeviceStandardisesLargePlanes counts the BatchNormalizations of a ResNet-18
// that take their statistics from planes: where images are large and many.
func TestDeviceStandardisesLargePlanes(t *testing.T) {
	m, err := zoo.Build("ResNet18_adapt", zoo.Options{Classes: 10, Width: 64})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for batch, want := range map[int]int{128: 10, 16: 0} {
		m, err := net.Device(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}, training.DeviceOptions{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, body := range bodies(m) {
			for _, n := range body.Graph.Nodes {
				if n.Op == "LayerNormalization" {
					got++
				}
			}
		}
		if got != want {
			t.Errorf("batch %d: %d LayerNormalization, want %d", batch, got, want)
		}
	}
}
