package training_test

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestComputedStatistics reads weights that are standardised before they
// convolve, by a BatchNormalization whose mean and variance the graph
// computes: it keeps no running statistics, what it normalises is trained, and
// the logits stay the same.
func TestComputedStatistics(t *testing.T) {
	for _, trains := range []int64{0, 1} {
		b := newBuilder(t)
		x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(4)}})
		w := b.Initializer(graphs.NewFloats("w", []int64{3, 4}, []float32{1, 2, 3, 5, 8, -1, 0, 2, 1, 4, 1, 2}))
		rows := b.ReshapeTo(w, 1, 3, 4)
		mean, _, variance := b.Moments(rows, 0, 2)
		gain := b.Initializer(graphs.NewFloats("gain", []int64{3}, []float32{1, 2, 3}))
		b.Append(&graphs.Node{Op: "Constant", Outputs: []string{"number"}, Attributes: []graphs.Attribute{graphs.Float("value_float", 2)}})
		zero := b.Initializer(graphs.NewFloats("zero", []int64{3}, []float32{0, 0, 0}))
		normed := b.Op("BatchNormalization", []string{rows, gain, zero, b.ReshapeTo(mean, 3), b.ReshapeTo(variance, 3)}, graphs.Int("training_mode", trains))
		b.Output(b.Named("logits", "Gemm", []string{b.Mul(x, "number"), b.ReshapeTo(normed, 3, 4)}, graphs.Int("transB", 1)))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		net, err := training.NewNet(b.Model(), training.Options{Freeze: []string{"zero"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(net.Buffers) != 0 || len(net.Parameters) != 2 {
			t.Errorf("buffers %v, parameters %v", net.Buffers, net.Parameters)
		}
		if _, err := net.Gradient(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}); err != nil {
			t.Error(err)
		}
		want, got := rowLogits(t, b.Model()), rowLogits(t, net.Model)
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }) {
			t.Errorf("training_mode %d: logits %v, want %v", trains, got, want)
		}
	}
}

func rowLogits(t *testing.T, m *graphs.Model) []float64 {
	t.Helper()
	out, err := eval.Run(m, map[string]*eval.Value{"x": eval.Floats([]int{2, 4}, 1, -1, 2, 0.5, 3, 1, -2, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return out["logits"].F
}
