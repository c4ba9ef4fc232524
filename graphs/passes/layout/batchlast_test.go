package layout_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/layout"
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

// lean joins transpositions, and shares what is equal.
var lean = passtest.InTurn(passtest.Share, passes.Views, passtest.Share, passtest.Prune)

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
	{"places in front", func(g *planesGraph, r string) []string {
		x := g.relu(g.Transpose(g.input("places", 2, 5, 3, 4), 2, 3, 0, 1))
		y := g.relu(g.Add(x, g.first(r)))
		return []string{g.Transpose(y, 2, 3, 0, 1), g.ReduceMean(y, true, 0, 2, 3), g.behind(x)}
	}, 2}, // of the places, to the matrix and back
	{"places in front of a product", func(g *planesGraph, _ string) []string {
		return []string{g.behind(g.relu(g.Transpose(g.input("places", 2, 5, 3, 4), 2, 3, 0, 1)))}
	}, 1},
	{"cut", func(g *planesGraph, r string) []string {
		x := g.relu(g.first(r))
		slice := func(axes ...int64) string {
			return g.Op("Slice", []string{x, g.Ints(0, 1), g.Ints(2, 5), g.Ints(axes...), g.Ints(1, 2)})
		}
		return []string{g.behind(g.relu(slice(2, 3))), g.behind(x), g.ReduceSum(slice(2, 3), true, 0, 2, 3)}
	}, 0},
	{"cut by numbers of 32 bits", func(g *planesGraph, r string) []string {
		ints := func(v ...float64) string {
			return g.Const(graphs.NewTensor("", graphs.Int32, []int64{int64(len(v))}, v))
		}
		x := g.relu(g.first(r))
		return []string{g.behind(x), g.behind(g.Op("Slice", []string{x, ints(0, 1), ints(2, 5), ints(2, 3), ints(1, 2)}))}
	}, 0},
	{"cut along channels", func(g *planesGraph, r string) []string {
		x := g.relu(g.first(r))
		return []string{g.behind(x), g.Op("Slice", []string{x, g.Ints(1), g.Ints(3), g.Ints(1)}), g.Op("Slice", []string{x, g.Ints(1), g.Ints(3), g.Ints(-1)})}
	}, 1},
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

// TestBatchLastForStatistics takes a transposition more for statistics of many
// channels.
func TestBatchLastForStatistics(t *testing.T) {
	for channels, left := range map[int]int{127: 1, 128: 2} {
		g := newPlanesGraph(t)
		x := g.relu(g.first(g.input("rows", channels, 2, 1, 2)))
		for _, o := range []string{g.ReduceMean(x, true, 0, 2, 3), g.Op("GlobalAveragePool", []string{x}), g.Op("GlobalAveragePool", []string{g.Exp(x)})} {
			g.Output(o)
		}
		m := passtest.Passed(t, g.Builder, batchLast)
		if got := passtest.Count(m, "Transpose"); got != left {
			t.Errorf("%d channels: %d transpositions left, want %d\n%s", channels, got, left, graphs.Text(m))
		}
		passtest.Same(t, g.Model(), m, g.feeds)
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
