package training_test

import (
	"maps"
	"slices"
	"strings"
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
			net := newOddNet(t, graphs.StaticShape(2), build)
			testTurns(t, net, eval.Floats([]int{3, 2}, 1, 2, 4, 3, -1, -2), eval.Ints([]int{3}, 0, 2, 1))
		})
	}
}

// newOddNet makes a net of what is built on a batch of inputs of that shape.
func newOddNet(t *testing.T, sample graphs.Shape, build func(b oddNet, x string) string) *training.Net {
	t.Helper()
	b := oddNet{newBuilder(t)}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: append(graphs.Shape{graphs.Symbolic("N")}, sample...)})
	b.Output(b.Named("logits", "Identity", []string{build(b, x)}))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	net, err := training.NewNet(b.Model(), training.Options{Params: []string{"*"}, Freeze: []string{"fixed*"}})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// filteredNet has kernels that a turn carries transposed: 90 of 3×3, which are
// bundled, as many times 96, which are not, and some that are read elsewhere, too.
func filteredNet(t *testing.T) *training.Net {
	return newOddNet(t, graphs.StaticShape(1, 5, 6), func(b oddNet, x string) string {
		same, half := graphs.Ints("pads", 1, 1, 1, 1), graphs.Ints("strides", 2, 2)
		h := b.Op("Tanh", []string{b.Op("Conv", []string{x, b.fill("small", 90, 1, 3, 3), b.fill("bias", 90)}, same)})
		h = b.Op("Tanh", []string{b.Scale(b.Op("Conv", []string{h, b.fill("large.momentum", 96, 90, 3, 3)}, same, half), 0.01)})
		twice := b.fill("twice", 96, 96, 3, 3)
		h = b.Op("Conv", []string{b.Scale(b.Op("Conv", []string{h, twice}, same), 0.01), twice}, same)
		h = b.Add(h, b.ReshapeTo(b.ReduceMean(twice, false, 1, 2, 3), 1, 96, 1, 1))
		return b.Op("Gemm", []string{b.ReduceMean(h, false, 2, 3), b.fill("last", 96, 3)})
	})
}

// TestTurnsCarryTransposes takes turns and steps of a net whose kernels products
// read, and looks at what is carried.
func TestTurnsCarryTransposes(t *testing.T) {
	training.FilteredForm(t)
	net := filteredNet(t)
	testTurns(t, net, eval.Floats([]int{2, 1, 5, 6}, pattern(60)...), eval.Ints([]int{2}, 2, 1))
	for kind, slots := range map[training.OptimizerKind][]string{training.SGD: {".momentum"}, training.Adam: {".exp_avg", ".exp_avg_sq"}} {
		r, err := net.Recording(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: kind, Momentum: 0.9}, training.DeviceOptions{Batch: 1, Full: 2})
		if err != nil {
			t.Fatal(err)
		}
		carried := map[string]graphs.Shape{}
		for _, c := range r.State {
			carried[strings.TrimPrefix(c.Name, "step/")] = c.Type.Shape
		}
		for _, slot := range append(slots, "") {
			if name, want := "large.momentum.transposed"+slot, graphs.StaticShape(9, 96*90); !carried[name].Equals(want) {
				t.Errorf("%s is carried as %s, want %s", name, carried[name], want)
			}
			if name, want := "twice"+slot, graphs.StaticShape(96, 96, 3, 3); !carried[name].Equals(want) {
				t.Errorf("%s is carried as %s, want %s", name, carried[name], want)
			}
		}
		infos, err := graphs.Infer(r.Turn)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range r.Turn.Graph.Nodes {
			if shape := infos[n.Outputs[0]].Shape; n.Op == "Transpose" && len(shape) == 2 && slices.Contains(shape, graphs.Known(9)) {
				t.Errorf("kernels are transposed in every step: %s\n%s", n.Label(), graphs.Text(r.Turn))
			}
		}
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
