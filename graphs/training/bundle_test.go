package training_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestLoopsOfFewSmallParameters trains x·w + bias, normalised and multiplied by
// a weight too large to be bundled, whose name begins like one of the body's,
// in a Loop and step by step. The bias is all that is small, and has no
// gradient.
func TestLoopsOfFewSmallParameters(t *testing.T) {
	const large = "momentum.scale.weight"
	b := newBuilder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(1)}})
	fill := func(name string, f func(i int) float32, dims ...int64) string {
		v := make([]float32, product(dims))
		for i := range v {
			v[i] = f(i)
		}
		return b.Initializer(graphs.NewFloats(name, dims, v))
	}
	all := func(v float32) func(int) float32 { return func(int) float32 { return v } }
	const width = 1 << 15
	h := b.Op("Gemm", []string{x, fill("w", func(i int) float32 { return float32(i%5 - 2) }, 1, width), fill("bias", all(0.5), width)})
	h = b.Op("BatchNormalization", []string{h, fill("ones", all(1), width), fill("zeros", all(0), width), fill("mean", all(0), width), fill("var", all(1), width)})
	b.Output(b.Named("logits", "MatMul", []string{h, fill(large, func(i int) float32 { return float32(i%7-3) / 1000 }, width, 3)}))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	net, err := training.NewNet(b.Model(), training.Options{Freeze: []string{"w", "ones", "zeros"}})
	if err != nil {
		t.Fatal(err)
	}
	o := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	opt := training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 0.1}
	carried := map[string]*eval.Value{}
	addCarried(t, net, opt, carried)
	run := func(m *graphs.Model, err error, in map[string]*eval.Value) map[string]*eval.Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for name := range carried {
			in[name] = carried[name]
		}
		out, err := eval.Run(m, in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	rows, labels := eval.Floats([]int{3, 1}, 1, 2, 4), eval.Ints([]int{3}, 0, 2, 1)
	loop := map[string]*eval.Value{"data": rows, "labels": labels, "order": eval.Ints([]int{1, 3}, 0, 1, 2),
		"lr": eval.Floats([]int{1}, 0.01), "t": eval.Ints(nil, 1)}
	step, err := net.Step(o, opt)
	want := run(step, err, map[string]*eval.Value{"x": rows, "label": labels, "lr": eval.Floats(nil, 0.01), "t": eval.Ints(nil, 1)})
	epoch, err := net.Epoch(o, opt, nil)
	device, deviceErr := net.Device(o, opt, training.DeviceOptions{Batch: 3})
	for graph, got := range map[string]map[string]*eval.Value{"epoch": run(epoch, err, loop), "device": run(device, deviceErr, loop)} {
		for name := range carried {
			compare(t, graph+": "+name, got["next."+name], want["next."+name].F, 1e-6)
		}
	}
}

func product(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}
