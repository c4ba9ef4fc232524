package zoo_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/zoo"
)

func TestMLPLayers(t *testing.T) {
	base := zoo.Options{Classes: 2, Width: 8, Depth: 3, Seed: 6}
	for _, c := range []struct {
		name   string
		change func(*zoo.Options)
		ops    []string
		params int
	}{
		{"plain", func(*zoo.Options) {}, []string{"Flatten", "Gemm", "Relu", "Gemm", "Relu", "Gemm", "Relu", "Gemm"},
			3072*8 + 8 + 8*8 + 8 + 8*2 + 2 + 2*2 + 2},
		{"norms", func(o *zoo.Options) { o.BatchNorm, o.LayerNorm, o.Depth = true, true, 1 },
			[]string{"Flatten", "Gemm", "BatchNormalization", "LayerNormalization", "Relu", "Gemm"},
			3072*2 + 2 + 4*2 + 2*2 + 2*2 + 2},
		{"linear", func(o *zoo.Options) { o.BatchNorm, o.Activation, o.Depth = true, zoo.None, 2 },
			[]string{"Flatten", "Gemm", "BatchNormalization", "Gemm", "Gemm"},
			3072*8 + 8 + 4*8 + 8*2 + 2 + 2*2 + 2},
		{"fixed dimension, no bias", func(o *zoo.Options) { o.FixDim, o.NoBias, o.Activation, o.Depth = 5, true, zoo.Sigmoid, 1 },
			[]string{"Flatten", "Gemm", "Sigmoid", "Gemm"}, 3072*5 + 5 + 5*2},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := base
			c.change(&o)
			m, err := zoo.Build("mlp", o)
			if err != nil {
				t.Fatal(err)
			}
			if err := graphs.Check(m); err != nil {
				t.Error(err)
			}
			checkOperators(t, m, c.ops)
			params := 0
			for _, w := range m.Graph.Initializers {
				params += w.Len()
			}
			if params != c.params {
				t.Errorf("%d numbers, want %d", params, c.params)
			}
		})
	}
}

func checkOperators(t *testing.T, m *graphs.Model, want []string) {
	t.Helper()
	if len(m.Graph.Nodes) != len(want) {
		t.Fatalf("%d nodes, want %v", len(m.Graph.Nodes), want)
	}
	for i, n := range m.Graph.Nodes {
		if n.Op != want[i] {
			t.Errorf("node %d is %s, want %s", i, n.Op, want[i])
		}
	}
	if g := m.Graph; g.Outputs[0].Name != "features" || g.Outputs[1].Name != "logits" {
		t.Errorf("outputs are %q and %q", g.Outputs[0].Name, g.Outputs[1].Name)
	}
}

// TestConvolutional compares parameter counts with those of torchvision 0.29
// for ten classes, VGGs with the originals' head. That the forward passes are
// equal with copied weights is a task: task conformance.
func TestConvolutional(t *testing.T) {
	for _, c := range []struct {
		model  string
		o      zoo.Options
		params int
		d      int
	}{
		{"resnet18", zoo.Options{Classes: 10, SOTA: true}, 11181642 - 64*3*(49-9), 512},
		{"resnext50_32x4d", zoo.Options{Classes: 10}, 23000394, 2048},
		{"vgg11_bn", zoo.Options{Classes: 10}, 9231114, 512},
		{"ResNet10", zoo.Options{Classes: 10, Width: 4, FixDim: 10, ETF: true, NoBias: true}, 0, 10},
		{"vgg11_bn", zoo.Options{Classes: 10, FixDim: 10}, 0, 10},
	} {
		m, err := zoo.Build(c.model, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if err := graphs.Check(m); err != nil {
			t.Errorf("%s: %v", c.model, err)
		}
		params := 0
		for _, w := range m.Graph.Initializers {
			if !strings.Contains(w.Name, "running") {
				params += w.Len()
			}
		}
		if c.params != 0 && params != c.params {
			t.Errorf("%s: %d parameters, want %d", c.model, params, c.params)
		}
		if d := m.Graph.Initializer("fc.weight").Dims[1]; d != int64(c.d) {
			t.Errorf("%s: %d features, want %d", c.model, d, c.d)
		}
	}
}

// TestInitialisation checks the distribution PyTorch draws linear layers from:
// U(−1/√fan_in, 1/√fan_in), of variance 1/(3·fan_in).
func TestInitialisation(t *testing.T) {
	m, err := zoo.Build("MLP", zoo.Options{Classes: 2, Width: 64, Depth: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w := m.Graph.Initializer("layers.0.weight").Floats()
	bound := 1 / math.Sqrt(3072)
	var sum, squares float64
	for _, v := range w {
		if math.Abs(v) > bound {
			t.Fatalf("%g is outside ±%g", v, bound)
		}
		sum, squares = sum+v, squares+v*v
	}
	n := float64(len(w))
	if mean := sum / n; math.Abs(mean) > 5*bound/math.Sqrt(3*n) {
		t.Errorf("mean is %g", mean)
	}
	if got, want := squares/n, bound*bound/3; !(math.Abs(got/want-1) <= 0.02) {
		t.Errorf("variance is %g, want %g", got, want)
	}
}

func TestSeedsDiffer(t *testing.T) {
	weights := map[float64]bool{}
	for seed := range uint64(3) {
		m, err := zoo.Build("MLP", zoo.Options{Classes: 2, Width: 2, Depth: 1, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		weights[m.Graph.Initializer("fc.weight").At(0)] = true
	}
	if len(weights) != 3 {
		t.Error("different seeds gave equal weights")
	}
}

// TestETF checks the frame's defining property: rows of norm 1 at equal
// angles, −1/(K−1).
func TestETF(t *testing.T) {
	const k, d = 4, 6
	m, err := zoo.Build("MLP", zoo.Options{Classes: k, Width: 8, Depth: 1, FixDim: d, ETF: true})
	if err != nil {
		t.Fatal(err)
	}
	w := eval.FromTensor(m.Graph.Initializer("fc.weight")).F
	for i := range k {
		for j := range k {
			var dot float64
			for c := range d {
				dot += w[i*d+c] * w[j*d+c]
			}
			want := -1.0 / (k - 1)
			if i == j {
				want = 1
			}
			if !(math.Abs(dot-want) <= 1e-6) {
				t.Errorf("w%d·w%d = %g, want %g", i, j, dot, want)
			}
		}
	}
}

// TestLimit refuses weights beyond a limit before there is memory for them: the
// largest MLP that can be asked for would take 2⁵⁰ bytes.
func TestLimit(t *testing.T) {
	o := zoo.Options{Classes: 2, Width: 4, Depth: 2, Limit: 4 * (3072*4 + 4 + 4*2 + 2 + 2*2 + 2)}
	if _, err := zoo.Build("MLP", o); err != nil {
		t.Errorf("just within the limit: %v", err)
	}
	o.Limit--
	if _, err := zoo.Build("MLP", o); !errors.Is(err, zoo.ErrLimit) {
		t.Errorf("a byte over the limit: error %v", err)
	}
	o = zoo.Options{Classes: 2, Width: 1 << 16, Depth: 1 << 16, Limit: 1 << 20}
	for _, model := range []string{"MLP", "ResNet10", "vgg16"} {
		if _, err := zoo.Build(model, o); !errors.Is(err, zoo.ErrLimit) {
			t.Errorf("%s far over the limit: error %v", model, err)
		}
	}
	// Norms have vectors of the width, and a size may be more than integers hold.
	for _, c := range []struct {
		width int
		limit int64
	}{{1 << 30, 1 << 20}, {1_800_000_000, 1 << 20}, {1 << 32, 1 << 20}, {1 << 62, 1 << 20}, {1 << 62, 0}} {
		o = zoo.Options{Classes: 2, Width: c.width, Depth: 3, BatchNorm: true, Limit: c.limit}
		if _, err := zoo.Build("MLP", o); !errors.Is(err, zoo.ErrLimit) {
			t.Errorf("width %d, limit %d: error %v", c.width, c.limit, err)
		}
	}
	// A fixed frame counts as well, whether it is the first that has no room or not.
	for _, fixdim := range []int{1 << 16, 1 << 40, 1 << 62} {
		for _, model := range []string{"MLP", "vgg16"} {
			o = zoo.Options{Classes: 2, Width: 1, Depth: 1, FixDim: fixdim, ETF: true, Limit: 1 << 20}
			if _, err := zoo.Build(model, o); !errors.Is(err, zoo.ErrLimit) {
				t.Errorf("%s, fixdim %d: error %v", model, fixdim, err)
			}
		}
	}
	o = zoo.Options{Classes: 2, Width: 1, Depth: 1, FixDim: 3, ETF: true, NoBias: true, Limit: 4 * (3072*3 + 3 + 2*3)}
	if _, err := zoo.Build("MLP", o); err != nil {
		t.Errorf("a frame just within the limit: %v", err)
	}
	o.Limit--
	if _, err := zoo.Build("MLP", o); !errors.Is(err, zoo.ErrLimit) {
		t.Errorf("a frame a byte over the limit: error %v", err)
	}
}

func TestBuildErrors(t *testing.T) {
	for _, o := range []zoo.Options{
		{Classes: 1, Width: 2, Depth: 2},
		{Classes: 2, Width: 2},
		{Classes: 2, Width: 2, Depth: 2, Activation: "swish"},
		{Classes: 2, Width: 2, Depth: 2, FixDim: -1},
		{Classes: 4, Width: 2, Depth: 2, FixDim: 2, ETF: true},
	} {
		if _, err := zoo.Build("MLP", o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if _, err := zoo.Build("LeNet", zoo.Options{}); err == nil {
		t.Error("unknown model: no error")
	}
}
