package training_test

import (
	"math"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestHostOfSmallPlanes compares the host loop's graph of a network, whose
// convolutions are products of matrices there, with the gradient graph, where
// they are convolutions.
func TestHostOfSmallPlanes(t *testing.T) {
	net := smallPlanes(t)
	objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	host, err := net.Host(objective)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range host.Graph.Nodes {
		if n.Op == "Conv" || n.Op == "ConvTranspose" {
			t.Errorf("%s is left", n.Label())
		}
	}
	gradient, err := net.Gradient(objective)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]*eval.Value{"x": eval.Floats([]int{2, 160, 8, 8}, sines(2*160*64)...), "label": eval.Ints([]int{2}, 2, 0)}
	want, err := eval.Run(gradient, in)
	if err != nil {
		t.Fatal(err)
	}
	addCarried(t, net, training.Optimizer{}, in)
	got, err := eval.Run(host, in)
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		largest, off := 0.0, 0.0
		for i, v := range w.F {
			largest, off = max(largest, math.Abs(v)), max(off, math.Abs(got[name].F[i]-v))
		}
		if !(off <= 1e-5*largest) || largest == 0 {
			t.Errorf("%s differs by %g of up to %g", name, off, largest)
		}
	}
}

// smallPlanes is a network of two convolutions, the second by strides of 2.
func smallPlanes(t *testing.T) *training.Net {
	t.Helper()
	b := newBuilder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(160), graphs.Known(8), graphs.Known(8)}})
	weight := func(name string, scale float64, dims ...int64) string {
		size := 1
		for _, d := range dims {
			size *= int(d)
		}
		values := make([]float32, size)
		for i, v := range sines(size) {
			values[i] = float32(scale * v)
		}
		return b.Initializer(graphs.NewFloats(name, dims, values))
	}
	pads := graphs.Ints("pads", 1, 1, 1, 1)
	y := b.Op("Relu", []string{b.Op("Conv", []string{x, weight("first", 0.05, 192, 160, 3, 3)}, pads)})
	y = b.Op("Conv", []string{y, weight("second", 0.05, 256, 192, 3, 3), weight("bias", 0.1, 256)}, pads, graphs.Ints("strides", 2, 2))
	y = b.ReduceMean(b.Op("Relu", []string{y}), false, 2, 3)
	b.Output(b.Named("logits", "Gemm", []string{y, weight("head", 0.1, 256, 3)}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// sines are n different values below 1.
func sines(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Sin(float64(3*i*i + 1))
	}
	return out
}
