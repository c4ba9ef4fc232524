package layout_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
	"github.com/memdil/memdil/graphs/passes/cuda"
	"github.com/memdil/memdil/graphs/passes/layout"
	"github.com/memdil/memdil/ort/orttest"
)

// planesGraph builds graphs on planes N×C×H×W.
type planesGraph struct {
	*graphs.Builder
	feeds map[string]*eval.Value
}

func newPlanesGraph(t *testing.T) *planesGraph {
	return &planesGraph{passtest.Builder(t), map[string]*eval.Value{}}
}

func (g *planesGraph) input(name string, shape ...int) string {
	v := passtest.Planes(append([]int{1, 1}, shape...), func(_, _, p int) float64 { return passtest.Wavy(0, 1)(len(name), int(name[0]), p) })
	v.Shape = shape
	g.feeds[name] = v
	return g.Input(name, graphs.Type{Elem: graphs.Float32, Shape: known(shape...)})
}

// first brings the last axis to the front, behind does the reverse.
func (g *planesGraph) first(x string) string  { return g.Transpose(x, 3, 0, 1, 2) }
func (g *planesGraph) behind(x string) string { return g.Transpose(x, 1, 2, 3, 0) }

func (g *planesGraph) relu(x string) string { return g.Op("Relu", []string{x}) }

// batchLast is the pass with what is to follow.
var batchLast = passtest.InTurn(layout.BatchLast, lean)

// batchLastCases are graphs of r, C×H×W×N, and how many transpositions are left.
var batchLastCases = []struct {
	name  string
	build func(g *planesGraph, r string) []string
	left  int
}{
	{"between", func(g *planesGraph, r string) []string { return []string{g.behind(g.relu(g.first(r)))} }, 0},
	{"nothing between", func(g *planesGraph, r string) []string { return []string{g.behind(g.first(r))} }, 0},
	{"operands", func(g *planesGraph, r string) []string {
		x := g.Mul(g.Add(g.first(r), g.input("channels", 1, 4, 1, 1)), g.input("fewer axes", 4, 1, 1))
		x = g.Sub(g.Add(g.Add(x, g.input("number", 1)), g.input("one", 1, 1, 1, 1)), g.input("with fewer axes", 1, 1, 1))
		return []string{g.behind(g.Op("Clip", []string{x, "", g.Scalar(graphs.Float32, 1)}))}
	}, 0},
	{"the gate of a ReLU", func(g *planesGraph, r string) []string {
		x := g.relu(g.first(r))
		open := g.Greater(x, g.Scalar(graphs.Float32, 0))
		v := g.Where(open, g.first(g.input("v", 4, 2, 5, 3)), g.Scalar(graphs.Float32, 0))
		return []string{g.behind(x), g.behind(v), g.behind(g.Mul(v, g.Cast(open, graphs.Float32)))}
	}, 0},
	{"samples", func(g *planesGraph, r string) []string {
		x := g.Op("Sum", []string{g.first(r), g.input("samples", 3, 4, 1, 1), g.input("channels", 1, 4, 1, 1), g.input("one", 1, 1, 1, 1)})
		return []string{g.behind(x)}
	}, 1}, // of the samples
	{"samples beside", func(g *planesGraph, r string) []string {
		s := g.relu(g.input("samples", 3, 4, 1, 1))
		return []string{g.behind(s), g.ReduceSum(s, true, 0, 2, 3), g.Add(g.input("planes", 3, 4, 2, 5), s)}
	}, 1},
	{"a branch", func(g *planesGraph, r string) []string {
		return []string{g.behind(g.relu(g.Add(g.first(r), g.input("branch", 3, 4, 2, 5))))}
	}, 1},
	{"two branches", func(g *planesGraph, r string) []string {
		return []string{g.behind(g.Add(g.Mul(g.input("branch", 3, 4, 2, 5), g.first(r)), g.input("other", 3, 4, 2, 5)))}
	}, 2},
	{"views", func(g *planesGraph, r string) []string {
		x := g.relu(g.ReshapeTo(g.Unsqueeze(g.Neg(g.first(r)), 4), 3, 4, 10))
		return []string{g.ReshapeTo(g.Transpose(x, 1, 2, 0), 4, 30)}
	}, 0},
	{"statistics", func(g *planesGraph, r string) []string {
		x := g.first(r)
		mean, centred, variance := g.Moments(x, 0, 2, 3)
		xhat := g.Mul(centred, g.InvStdDev(variance, 1e-5))
		return []string{mean, variance, g.behind(xhat), g.ReduceSum(xhat, false, -1, 0, -2), g.ReduceMax(x, true, 3, 2, 0), g.Scale(mean, 2)}
	}, 0},
	{"read in both layouts", func(g *planesGraph, r string) []string {
		x := g.relu(g.first(r))
		return []string{g.behind(x), g.Op("GlobalAveragePool", []string{x}), g.Op("MaxPool", []string{x}, graphs.Ints("kernel_shape", 2, 2))}
	}, 1},
	{"an output", func(g *planesGraph, r string) []string {
		x := g.relu(g.first(r))
		return []string{x, g.behind(x), g.Exp(x)}
	}, 2},
	{"read in another order", func(g *planesGraph, r string) []string {
		x := g.relu(g.first(r))
		return []string{g.behind(x), g.Transpose(x, 1, 0, 2, 3)}
	}, 1},
	{"a place for each number", func(g *planesGraph, r string) []string {
		return []string{g.behind(g.Add(g.first(r), g.input("places", 1, 1, 2, 5)))}
	}, 2},
	{"as many as there were", func(g *planesGraph, r string) []string {
		return []string{g.Op("GlobalAveragePool", []string{g.relu(g.first(r))})}
	}, 1},
	{"to the front of planes", func(g *planesGraph, _ string) []string {
		x := g.relu(g.input("planes", 3, 4, 2, 5))
		y := g.relu(g.first(x)) // 5×3×4×2
		sum := func(x string) string { return g.ReduceSum(x, true, 0, 2, 3) }
		return []string{g.behind(x), sum(x), sum(y), g.Softmax(y, 1)}
	}, 2},
	{"one after another", func(g *planesGraph, r string) []string {
		x := g.relu(g.first(r)) // 3×4×2×5
		return []string{g.behind(g.Transpose(g.Neg(g.first(x)), 1, 0, 3, 2))}
	}, 2},
}

// TestBatchLast compares graphs with what the pass makes of them, and counts the
// transpositions that are left.
func TestBatchLast(t *testing.T) {
	for _, c := range batchLastCases {
		t.Run(c.name, func(t *testing.T) {
			g := newPlanesGraph(t)
			for _, o := range c.build(g, g.input("rows", 4, 2, 5, 3)) {
				g.Output(o)
			}
			m := passtest.Passed(t, g.Builder, batchLast)
			if got := passtest.Count(m, "Transpose"); got != c.left {
				t.Errorf("%d transpositions left, want %d\n%s", got, c.left, graphs.Text(m))
			}
			passtest.Same(t, g.Model(), m, g.feeds)
		})
	}
}

// TestBatchLastAtOnce has statistics decide where the number of transpositions
// does not.
func TestBatchLastAtOnce(t *testing.T) {
	for _, statistics := range []bool{false, true} {
		g := newPlanesGraph(t)
		x := g.relu(g.first(g.input("rows", 4, 2, 5, 3)))
		g.Output(g.Op("GlobalAveragePool", []string{x}))
		if statistics {
			g.Output(g.ReduceMean(x, true, 0, 2, 3))
		}
		m := passtest.Passed(t, g.Builder, batchLast)
		relu := m.Graph.Nodes[slices.IndexFunc(m.Graph.Nodes, func(n *graphs.Node) bool { return n.Op == "Relu" })]
		infos, err := graphs.Infer(m)
		if err != nil {
			t.Fatal(err)
		}
		if held := len(infos[relu.Outputs[0]].Shape) == 2; held != statistics {
			t.Errorf("statistics %v: held %v\n%s", statistics, held, graphs.Text(m))
		}
	}
}

// TestBatchLastLeaves leaves planes whose batch is not known.
func TestBatchLastLeaves(t *testing.T) {
	for batch, left := range map[graphs.Dim]int{graphs.Known(3): 0, graphs.Symbolic("N"): 2} {
		g := newPlanesGraph(t)
		rows := g.Input("rows", graphs.Type{Elem: graphs.Float32, Shape: append(known(4, 2, 5), batch)})
		g.Output(g.behind(g.relu(g.first(rows))))
		if got := passtest.Count(passtest.Passed(t, g.Builder, batchLast), "Transpose"); got != left {
			t.Errorf("batch %v: %d transpositions left, want %d", batch, got, left)
		}
	}
}

// block is a residual block forward and backward: two convolutions, each with a
// BatchNormalization, and a shortcut of strides.
func block(t *testing.T) *planesGraph {
	g := newPlanesGraph(t)
	x := g.input("x", 3, 4, 4, 4)
	padded, strides := graphs.Ints("pads", 1, 1, 1, 1), graphs.Ints("strides", 2, 2)
	norm := func(x string) (y string, back func(v string) string) {
		axes := g.BatchAxes(x)
		_, centred, variance := g.Moments(x, axes...)
		inv := g.InvStdDev(variance, 1e-5)
		xhat := g.Mul(centred, inv)
		return xhat, func(v string) string {
			off := g.Mul(xhat, g.ReduceMean(g.Mul(v, xhat), true, axes...))
			return g.Mul(inv, g.Sub(g.Sub(v, g.ReduceMean(v, true, axes...)), off))
		}
	}
	gate := func(y, v string) string {
		return g.Where(g.Greater(y, g.Scalar(graphs.Float32, 0)), v, g.Scalar(graphs.Float32, 0))
	}
	conv := func(x, w string, attrs ...graphs.Attribute) string { return g.Op("Conv", []string{x, w}, attrs...) }
	w := g.input("weights", 5, 5, 3, 3)
	a, backA := norm(conv(x, g.input("a", 5, 4, 3, 3), padded, strides))
	a = g.relu(a)
	b, backB := norm(conv(a, w, padded))
	s, backS := norm(conv(x, g.input("short", 5, 4, 1, 1), strides))
	y := g.relu(g.Add(b, s))
	v := gate(y, g.input("gradient", 3, 5, 1, 1))
	dB := backB(v)
	dA := backA(gate(a, conv(dB, g.Transpose(w, 1, 0, 2, 3), padded)))
	for _, o := range []string{y, g.Op("ConvTranspose", []string{dA, "a"}, padded, strides), g.Transpose(backS(v), 1, 0, 2, 3), g.Unfold(dB, graphs.Still(2), graphs.Still(2))} {
		g.Output(o)
	}
	return g
}

// deviceBlock are the device loop's passes, in short.
var deviceBlock = passtest.InTurn(unfold, batchLast, batchnorm.Standardise, cuda.SplitReductions, passes.Views, passtest.Prune)

// TestBatchLastOfBlock standardises by rows, and turns what enters and leaves.
func TestBatchLastOfBlock(t *testing.T) {
	g := block(t)
	m := passtest.Passed(t, g.Builder, deviceBlock)
	want := map[string]int{
		"LayerNormalization": 3,
		"ReduceMean":         5, // of the gradients: three with x̂, and two alone
		"ReduceSum":          0,
		// x, the kernels turned around, the shortcut, the output, the gradient by
		// a sample's channels, and two gradients that leave.
		"Transpose": 7,
	}
	for op, n := range want {
		if got := passtest.Count(m, op); got != n {
			t.Errorf("%d of %s, want %d\n%s", got, op, n, graphs.Text(m))
		}
	}
	passtest.Same(t, g.Model(), m, g.feeds)
}

// TestBatchLastOnRuntime runs what comes out on ONNX Runtime, in float32.
func TestBatchLastOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	check := func(t *testing.T, g *planesGraph, pass passtest.Pass) {
		want, err := eval.Run(g.Model(), g.feeds)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range orttest.Floats(t, r, passtest.Passed(t, g.Builder, pass), g.feeds) {
			passtest.CloseValues(t, name, got, want[name].F, 1e-5)
		}
	}
	for _, c := range batchLastCases {
		t.Run(c.name, func(t *testing.T) {
			g := newPlanesGraph(t)
			for _, o := range c.build(g, g.input("rows", 4, 2, 5, 3)) {
				g.Output(o)
			}
			check(t, g, batchLast)
		})
	}
	t.Run("block", func(t *testing.T) { check(t, block(t), deviceBlock) })
}

// TestBatchLastOfRandomPlanes keeps what random graphs of planes compute, and has
// them transposed no more than before.
func TestBatchLastOfRandomPlanes(t *testing.T) {
	passtest.Seeds(t, 500, 120, 100, checkRandomPlanes)
}

func FuzzBatchLast(f *testing.F) {
	for seed := range uint64(5) {
		f.Add([]byte(graphtest.RandomChoices(seed, 120)))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkRandomPlanes(t, data) })
}

// checkRandomPlanes reports whether the pass has changed the graph.
func checkRandomPlanes(t *testing.T, c graphtest.Choices) bool {
	t.Helper()
	g := randomPlanes(t, &c)
	m := passtest.Passed(t, g.Builder, lean) // lest what is equal counts twice
	before := graphs.Text(m)
	held, err := layout.BatchLast(m)
	if err != nil {
		t.Fatalf("%v\n%s", err, before)
	}
	if after := graphs.Text(m); after != before {
		t.Errorf("the model given was changed from\n%s\nto\n%s", before, after)
	}
	if err := graphs.Check(held); err != nil {
		t.Errorf("%v\n%s\nfrom\n%s", err, graphs.Text(held), before)
	}
	want, got := passtest.Results(t, m, held, g.feeds)
	for name := range want {
		if !passtest.Alike(got[name], want[name]) {
			t.Errorf("%q is %v, want %v\n%s\nfrom\n%s", name, got[name], want[name], graphs.Text(held), before)
		}
	}
	if was, is := wholeTranspositions(t, m), wholeTranspositions(t, held); is > was {
		t.Errorf("%d transpositions of planes, %d before\n%s\nfrom\n%s", is, was, graphs.Text(held), before)
	}
	return graphs.Text(held) != before
}

// lean joins transpositions, and shares what is equal.
var lean = passtest.InTurn(passtest.Share, passes.Views, passtest.Share, passtest.Prune)

// wholeTranspositions counts those of whole planes that are left in the end.
func wholeTranspositions(t *testing.T, m *graphs.Model) (n int) {
	t.Helper()
	m, err := lean(m)
	if err != nil {
		t.Fatal(err)
	}
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := infos["planes"].Shape.Elements()
	for _, node := range m.Graph.Nodes {
		if size, _ := infos[node.Outputs[0]].Shape.Elements(); node.Op == "Transpose" && size == whole {
			n++
		}
	}
	return n
}

// randomPlanes builds a graph of planes, of what is made of them, and of planes
// with the batch last.
func randomPlanes(t *testing.T, c *graphtest.Choices) *planesGraph {
	g := newPlanesGraph(t)
	size := func(sizes ...int) int { return sizes[c.Below(len(sizes))] }
	n, channels, h, w := size(3, 2, 1), size(4, 2, 1), size(2, 1), size(3, 2, 1)
	planes := []string{g.input("planes", n, channels, h, w)}
	rows := []string{g.input("rows", channels, h, w, n)}
	others := []string{g.input("channels", 1, channels, 1, 1), g.input("fewer", channels, 1, 1), g.input("samples", n, channels, 1, 1), g.input("places", 1, 1, h, w), g.input("number")}
	var statistics []string
	from := func(pool []string) string { return pool[c.Below(len(pool))] }
	unary := func(x string) string { return g.Op([]string{"Relu", "Tanh", "Neg", "Abs"}[c.Below(4)], []string{x}) }
	reduction := func(axes ...int64) string {
		op := []string{"ReduceSum", "ReduceMean", "ReduceMax", "ReduceSumSquare"}[c.Below(4)]
		return g.Op(op, []string{from(planes), g.Ints(axes...)}, graphs.Int("keepdims", 1))
	}
	kinds := []func(){
		func() { planes = append(planes, g.first(from(rows))) },
		func() { rows = append(rows, g.behind(from(planes))) },
		func() { rows = append(rows, unary(from(rows))) },
		func() { planes = append(planes, unary(from(planes))) },
		func() { planes = append(planes, g.Add(from(planes), from(planes))) },
		func() { planes = append(planes, g.Sub(from(planes), from(others))) },
		func() { planes = append(planes, g.Mul(from(others), from(planes))) },
		func() {
			open := g.Greater(from(planes), g.Scalar(graphs.Float32, 0.3))
			planes = append(planes, g.Where(open, from(planes), from(others)))
		},
		func() { statistics = append(statistics, reduction(0, 2, 3)) },
		func() { others = append(others, reduction(-1, -2)) },
		func() {
			if len(statistics) > 0 {
				others = append(others, g.Op("Tanh", []string{g.Add(from(statistics), from(statistics))}))
			}
		},
		func() {
			x := unary(g.ReshapeTo(from(planes), int64(n), int64(channels), -1))
			rows = append(rows, g.ReshapeTo(g.Transpose(x, 1, 2, 0), int64(channels), int64(h), int64(w), int64(n)))
		},
		func() { planes = append(planes, g.Softmax(from(planes), 1)) },
		func() { g.Output(g.Transpose(from(planes), 1, 0, 2, 3)) },
		func() { g.Output(g.ReduceSum(from(planes), false, 3, 0, 2)) },
	}
	for range 3 + c.Below(25) {
		kinds[c.Below(len(kinds))]()
	}
	isRead := func(x string) bool {
		return g.Model().Graph.Output(x) != nil || slices.ContainsFunc(g.Model().Graph.Nodes, func(n *graphs.Node) bool { return slices.Contains(n.Inputs, x) })
	}
	for _, x := range slices.Concat(planes, rows, statistics, others) {
		if !isRead(x) && g.Model().Graph.Input(x) == nil || c.Below(8) == 7 && g.Model().Graph.Input(x) == nil {
			g.Output(x)
		}
	}
	return g
}
