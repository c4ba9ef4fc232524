package training_test

import (
	"math"
	"slices"
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
	want := run(t, gradient, in)
	addCarried(t, net, training.Optimizer{}, in)
	checkNear(t, run(t, host, in), want)
}

// TestHostOfDepthwise does so for depthwise convolutions between normalisations,
// whose running statistics are those of the step graph.
func TestHostOfDepthwise(t *testing.T) {
	net := invertedResidual(t)
	objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	host, err := net.Host(objective)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range host.Graph.Nodes {
		if n.Int("group", 1) != 1 {
			t.Errorf("%s is left", n.Label())
		}
	}
	gradient, err := net.Gradient(objective)
	if err != nil {
		t.Fatal(err)
	}
	sgd := training.Optimizer{Kind: training.SGD}
	step, err := net.Step(objective, sgd)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]*eval.Value{"x": eval.Floats([]int{3, 4, 12, 12}, sines(3*4*144)...), "label": eval.Ints([]int{3}, 2, 0, 1)}
	want := run(t, gradient, in)
	addCarried(t, net, sgd, in)
	got := run(t, host, in)
	in[training.RateInput] = eval.Floats(nil, 0)
	statistics := run(t, step, in)
	if len(net.Buffers) != 6 {
		t.Fatalf("%d running statistics, want 6", len(net.Buffers))
	}
	for _, s := range net.Buffers {
		want[training.NextOutput(s.Name)] = statistics[training.NextOutput(s.Name)]
	}
	checkNear(t, got, want)
}

// run runs a graph on those of the values that are its inputs.
func run(t *testing.T, m *graphs.Model, in map[string]*eval.Value) map[string]*eval.Value {
	t.Helper()
	own := map[string]*eval.Value{}
	for _, v := range m.Graph.Inputs {
		if in[v.Name] != nil {
			own[v.Name] = in[v.Name]
		}
	}
	out, err := eval.Run(m, own)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// checkNear compares values, relative to the largest.
func checkNear(t *testing.T, got, want map[string]*eval.Value) {
	t.Helper()
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
	x := imageInput(b, 160, 8)
	pads := graphs.Ints("pads", 1, 1, 1, 1)
	y := b.Op("Relu", []string{b.Op("Conv", []string{x, sinesOf(b, "first", 0.05, 192, 160, 3, 3)}, pads)})
	y = b.Op("Conv", []string{y, sinesOf(b, "second", 0.05, 256, 192, 3, 3), sinesOf(b, "bias", 0.1, 256)}, pads, graphs.Ints("strides", 2, 2))
	return pooled(t, b, b.Op("Relu", []string{y}), 256)
}

// invertedResidual is a network of depthwise convolutions, of large planes and of
// small ones.
func invertedResidual(t *testing.T) *training.Net {
	t.Helper()
	b := newBuilder(t)
	x := imageInput(b, 4, 12)
	norm := func(x, name string, c int64) string {
		scale := b.Initializer(graphs.NewFloats(name+".scale", []int64{c}, slices.Repeat([]float32{1.5}, int(c))))
		variance := b.Initializer(graphs.NewFloats(name+".variance", []int64{c}, slices.Repeat([]float32{0.5}, int(c))))
		return b.Op("BatchNormalization", []string{x, scale, sinesOf(b, name+".bias", 0.1, c), sinesOf(b, name+".mean", 0.1, c), variance}, graphs.Int("training_mode", 1))
	}
	depthwise := func(x, name string, c, stride int64) string {
		return b.Op("Conv", []string{x, sinesOf(b, name, 0.5, c, 1, 3, 3)}, graphs.Int("group", c), graphs.Ints("pads", 1, 1, 1, 1), graphs.Ints("strides", stride, stride))
	}
	y := b.Op("Relu", []string{norm(depthwise(x, "large", 4, 2), "a", 4)})
	z := norm(b.Op("Conv", []string{y, sinesOf(b, "wider", 0.5, 8, 4, 1, 1)}), "b", 8)
	z = norm(depthwise(b.Op("Clip", []string{z, b.Scalar(graphs.Float32, 0), b.Scalar(graphs.Float32, 6)}), "small", 8, 1), "c", 8)
	y = b.Add(y, b.Op("Conv", []string{z, sinesOf(b, "narrower", 0.5, 4, 8, 1, 1)}))
	return pooled(t, b, y, 4)
}

// imageInput is the input x, N×channels×size×size.
func imageInput(b *graphs.Builder, channels, size int64) string {
	return b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(channels), graphs.Known(size), graphs.Known(size)}})
}

// sinesOf is an initializer of different values below scale.
func sinesOf(b *graphs.Builder, name string, scale float64, dims ...int64) string {
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

// pooled makes a net of images by their means over places and a linear layer.
func pooled(t *testing.T, b *graphs.Builder, images string, channels int64) *training.Net {
	t.Helper()
	b.Output(b.Named("logits", "Gemm", []string{b.ReduceMean(images, false, 2, 3), sinesOf(b, "head", 0.1, channels, 3)}))
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
