package train_test

import (
	"math"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

// TestGradientMatchesPyTorch runs the gradient graph of every golden model on
// the runtime, in float32, and compares it with PyTorch's in float64.
func TestGradientMatchesPyTorch(t *testing.T) {
	rt := orttest.Runtime(t)
	for _, name := range golden.Cases(t, "grad") {
		t.Run(name, func(t *testing.T) {
			var want struct {
				Loss       float64
				Parameters []golden.TrainTensor
			}
			golden.JSON(t, name+"/case.json", &want)
			got := runGradient(t, rt, name)
			if d := math.Abs(float64(got["loss"].Float32s()[0]) - want.Loss); !(d <= 1e-6) {
				t.Errorf("loss differs by %g", d)
			}
			for _, p := range want.Parameters {
				ref := golden.NPY(t, name+"/grads/"+p.Name+".npy").Floats
				worst := 0.0
				for i, g := range got["grad."+p.Name].Float32s() {
					worst = max(worst, math.Abs(float64(g)-ref[i]))
				}
				// PyTorch's own float32 differs by p.Float32.
				if allowed := 10*p.Float32 + 1e-6*p.MaxAbs; !(worst <= allowed) {
					t.Errorf("%s differs by %g, allowed %g", p.Name, worst, allowed)
				}
			}
		})
	}
}

// runGradient computes the loss and the gradients of a golden case.
func runGradient(t *testing.T, rt *ort.Runtime, name string) map[string]*ort.Buffer {
	t.Helper()
	net := loadNet(t, name+"/model.onnx")
	m, err := net.Gradient(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}})
	if err != nil {
		t.Fatal(err)
	}
	data, err := graphs.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	s, err := rt.NewSession(data, ort.SessionOptions{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	x, labels := golden.NPY(t, name+"/x.npy"), golden.NPY(t, name+"/labels.npy")
	images, classes := newBuffer(t, ort.Float32, x.Shape), newBuffer(t, ort.Int64, labels.Shape)
	for i, v := range x.Floats {
		images.Float32s()[i] = float32(v)
	}
	copy(classes.Int64s(), labels.Ints())
	out, err := s.Run(map[string]*ort.Buffer{net.Input: images, "label": classes}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range out {
		t.Cleanup(func() { b.Close() })
	}
	return out
}

func newBuffer(t *testing.T, elem ort.DType, shape []int) *ort.Buffer {
	t.Helper()
	dims := make([]int64, len(shape))
	for i, d := range shape {
		dims[i] = int64(d)
	}
	b, err := ort.NewBuffer(elem, dims...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}
