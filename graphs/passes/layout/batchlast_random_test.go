package layout_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

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
		func() { planes = append(planes, g.Transpose(unary(g.Transpose(from(planes), 2, 3, 0, 1)), 2, 3, 0, 1)) },
		func() {
			part := g.Op("Slice", []string{from(planes), g.Ints(0), g.Ints(2), g.Ints(int64(size(2, 3))), g.Ints(int64(size(1, 2)))})
			statistics = append(statistics, g.ReduceSum(unary(part), true, 0, 2, 3))
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
