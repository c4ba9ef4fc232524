package training_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// oddNet is a net in the making whose parameters a turn carries unlike others.
type oddNet struct{ *graphs.Builder }

// fill adds an initializer of irregular numbers.
func (b oddNet) fill(name string, dims ...int64) string {
	v := make([]float32, product(dims))
	for i, x := range pattern(len(v)) {
		v[i] = float32(x) / 4
	}
	return b.Initializer(graphs.NewFloats(name, dims, v))
}

// norm appends a BatchNormalization over n features whose initializers begin
// with a prefix.
func (b oddNet) norm(prefix, x string, n int64) string {
	var inputs []string
	for i, name := range []string{"zeros", "ones", "mean", "var"} {
		v := slices.Repeat([]float32{float32(i % 2)}, int(n))
		inputs = append(inputs, b.Initializer(graphs.NewFloats(prefix+name, []int64{n}, v)))
	}
	return b.Op("BatchNormalization", []string{x, inputs[1], inputs[0], inputs[2], inputs[3]})
}

// large is the fewest elements that are not bundled.
const large = 1<<16 + 1

// TestTurnsOfOddNets takes turns and steps of nets with unlike parameters. A
// bias before a normalisation has no gradient.
func TestTurnsOfOddNets(t *testing.T) {
	for name, build := range map[string]func(b oddNet, x string) string{
		"a bias is all that is small, a name begins like one of the body's": func(b oddNet, x string) string {
			h := b.Op("Gemm", []string{x, b.fill("fixed", 2, 1<<15), b.fill("bias", 1<<15)})
			return b.MatMul(b.norm("fixed.", h, 1<<15), b.fill("momentum.scale.weight", 1<<15, 3))
		},
		"biases that are small, and one that is large": func(b oddNet, x string) string {
			h := b.Op("Gemm", []string{x, b.fill("fixed", 2, large), b.fill("large bias", large)})
			h = b.Op("Gemm", []string{b.norm("fixed.", h, large), b.fill("weight", large, 3), b.fill("small bias", 3)})
			return b.norm("fixed.last.", h, 3)
		},
		"used twice, and of one element": func(b oddNet, x string) string {
			small, square := b.fill("parameter.scale", 2, 300), b.fill("scale", 300, 300)
			h := b.Op("Tanh", []string{b.MatMul(b.MatMul(x, small), square)})
			h = b.Op("Gemm", []string{h, square}, graphs.Int("transB", 1), graphs.Float("alpha", 0.5))
			h = b.Mul(b.Op("Gemm", []string{h, small}, graphs.Int("transB", 1)), b.fill("number"))
			return b.Mul(b.MatMul(h, b.fill("last", 2, 3)), b.fill("vector of one", 1))
		},
		"names like those of a step and its values": func(b oddNet, x string) string {
			h := b.Op("Tanh", []string{b.MatMul(x, b.fill("next.up", 2, large))})
			return b.MatMul(h, b.fill("up.scaled", large, 3))
		},
		"names like those of what a run leaves": func(b oddNet, x string) string {
			h := b.Op("Tanh", []string{b.MatMul(x, b.fill("w", 2, large))})
			return b.MatMul(h, b.fill("w.momentum.lean", large, 3))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := oddNet{newBuilder(t)}
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
			b.Output(b.Named("logits", "Identity", []string{build(b, x)}))
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			net, err := training.NewNet(b.Model(), training.Options{Params: []string{"*"}, Freeze: []string{"fixed*"}})
			if err != nil {
				t.Fatal(err)
			}
			testTurns(t, net, eval.Floats([]int{3, 2}, 1, 2, 4, 3, -1, -2), eval.Ints([]int{3}, 0, 2, 1))
		})
	}
}

// testTurns takes one step of a batch by every kind of graph that holds one.
func testTurns(t *testing.T, net *training.Net, x, labels *eval.Value) {
	t.Helper()
	const rate = 0.01
	o := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	opt := training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 0.01}
	carried := map[string]*eval.Value{}
	addCarried(t, net, opt, carried)
	n := x.Shape[0]
	loop := map[string]*eval.Value{"data": x, "labels": labels, "order": eval.Ints([]int{1, n}, counting(n, n)...),
		"lr": eval.Floats([]int{1}, rate), "t": eval.Ints(nil, 1)}
	step := map[string]*eval.Value{net.Input: x, "label": labels, "lr": eval.Floats(nil, rate), "t": eval.Ints(nil, 1)}
	for _, in := range []map[string]*eval.Value{loop, step} {
		maps.Copy(in, carried)
	}
	run := func(in map[string]*eval.Value, m *graphs.Model, err error) map[string]*eval.Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out, err := eval.Run(m, in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	m, err := net.Step(o, opt)
	want := run(step, m, err)
	got := map[string]map[string]*eval.Value{}
	m, err = net.Epoch(o, opt, nil)
	got["epoch"] = run(loop, m, err)
	m, err = net.Device(o, opt, training.DeviceOptions{Batch: n})
	got["device"] = run(loop, m, err)
	for name, known := range map[string]float64{"recording": 0, "recording at a rate": rate} {
		r, err := net.Recording(o, opt, training.DeviceOptions{Batch: n, Rate: known})
		if err != nil {
			t.Fatal(err)
		}
		got[name] = runRecording(t, r, loop, 1)
	}
	for graph, got := range got {
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
