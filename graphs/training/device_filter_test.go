package training_test

import (
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
