package training_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestFilteredBiasesAreSpared has a bias in front of a normalisation, which no
// gradient reaches, stay what it is to the last bit, and count for the running mean.
func TestFilteredBiasesAreSpared(t *testing.T) {
	training.FilteredForm(t)
	net := newOddNet(t, graphs.StaticShape(2, 5, 6), func(b oddNet, x string) string {
		zero := b.Initializer(graphs.NewFloats("bias", []int64{4}, make([]float32, 4)))
		h := b.Op("Conv", []string{x, b.fill("kernels", 4, 2, 3, 3), zero}, graphs.Ints("pads", 1, 1, 1, 1))
		h = b.Op("Sigmoid", []string{b.norm("norm.", h, 4)})
		return b.Gemm(b.ReduceMean(h, false, 2, 3), b.fill("last", 4, 3), false, false)
	})
	m, err := net.Device(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}, training.DeviceOptions{Batch: 3})
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]*eval.Value{"data": eval.Floats([]int{3, 2, 5, 6}, pattern(180)...), "labels": eval.Ints([]int{3}, 2, 1, 0),
		"order": eval.Ints([]int{1, 3}, 0, 1, 2), "lr": eval.Floats([]int{1}, 1e3), "t": eval.Ints(nil, 1)}
	addCarried(t, net, training.Optimizer{Kind: training.SGD}, in)
	got, err := eval.Run(m, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range got["next.bias"].F {
		if b != 0 {
			t.Fatalf("a gradient reaches biases that a normalisation takes away: they become %v", got["next.bias"].F)
		}
	}
}

// TestFilteredFeatures has convolutions that compute what decay reads stay as they
// are.
func TestFilteredFeatures(t *testing.T) {
	training.FilteredForm(t)
	b := oddNet{newBuilder(t)}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: append(graphs.Shape{graphs.Symbolic("N")}, graphs.StaticShape(2, 5, 6)...)})
	features := b.Named("features", "Conv", []string{x, b.fill("kernels", 4, 2, 3, 3)})
	b.Output(b.Named("logits", "Gemm", []string{b.ReduceMean(features, false, 2, 3), b.fill("last", 4, 3)}))
	net, err := training.NewNet(b.Model(), training.Options{Features: "features"})
	if err != nil {
		t.Fatal(err)
	}
	o := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}, Decay: &training.SepDecay{WeightDecay: 0.1, FeatureDecay: 0.1}}
	if _, err := net.Device(o, training.Optimizer{Kind: training.SGD}, training.DeviceOptions{Batch: 3}); err != nil {
		t.Error(err)
	}
}

// TestDeviceOfHugePlanes derives what no memory could hold: convolutions stay as
// they are where tables of places would be as large.
func TestDeviceOfHugePlanes(t *testing.T) {
	const huge = 1 << 31
	for name, test := range map[string]struct{ kernel, stride int64 }{
		"3×3": {3, 1}, "strides": {1, 2}, "strides as large": {1, huge}, "of one place": {1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			net := newOddNet(t, graphs.StaticShape(1024, huge, huge), func(b oddNet, x string) string {
				w := b.fill("kernels", 256, 1024, test.kernel, test.kernel)
				h := b.Op("Conv", []string{x, w}, graphs.Ints("strides", test.stride, test.stride))
				return b.ReduceMean(h, false, 2, 3)
			})
			if _, err := net.Device(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}, training.DeviceOptions{Batch: 2}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTurnsCarryMatrices has a parameter carried transposed where a product reads it
// as rows of at most 16, to be transposed, and otherwise as it is.
func TestTurnsCarryMatrices(t *testing.T) {
	transposed := func(b oddNet, x, w string) string { return b.Op("Gemm", []string{x, w}, graphs.Int("transB", 1)) }
	for name, test := range map[string]struct {
		row     int64
		product func(b oddNet, x, w string) string
		want    string
	}{
		"short rows":  {16, transposed, "w.transposed [16, 5000]"},
		"longer rows": {20, transposed, "w [100, 800]"},
		"not transposed": {16, func(b oddNet, x, w string) string {
			return b.Gemm(b.MatMul(x, b.fill("up", 16, 5000)), w, false, false)
		}, "w [100, 800]"},
	} {
		t.Run(name, func(t *testing.T) {
			net := newOddNet(t, graphs.StaticShape(test.row), func(b oddNet, x string) string {
				h := b.Op("Tanh", []string{test.product(b, x, b.ReshapeTo(b.fill("w", 100, 800), -1, test.row))})
				return b.MatMul(b.ReduceMean(h, true, 1), b.fill("last", 1, 3))
			})
			r, err := net.Recording(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}, training.DeviceOptions{Batch: 2})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.State, func(c training.Carried) bool { return c.Name+" "+c.Type.Shape.String() == "step/"+test.want }) {
				t.Errorf("nothing is carried as %s: %+v", test.want, r.State)
			}
		})
	}
}
