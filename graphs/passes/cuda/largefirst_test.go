package cuda_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

// TestLargeFirstLeaves has an operator of somebody else's that is called like one
// of ONNX's.
func TestLargeFirstLeaves(t *testing.T) {
	b := passtest.Builder(t)
	x, row := b.Input("x", passtest.Matrix(2, 3)), b.Input("row", passtest.Matrix(1, 3))
	b.Append(&graphs.Node{Domain: passtest.Foreign, Op: "Add", Inputs: []string{row, x}, Outputs: []string{"sum"}})
	b.Model().Graph.Outputs = []*graphs.Value{{Name: "sum", Type: passtest.Matrix(2, 3)}}
	m, err := cuda.LargeFirst(b.Model())
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Graph.Nodes[0]; n.Domain != passtest.Foreign || n.Input(0) != row {
		t.Errorf("%s became\n%s", graphs.Text(b.Model()), graphs.Text(m))
	}
}

// TestLargeFirst exchanges operands of which the first is known to be smaller.
func TestLargeFirst(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(2, 3))
	row := b.Const(graphs.NewFloats("row", []int64{3}, []float32{1, 2, 3}))
	open := b.Input("open", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(3)}})
	for _, v := range []string{b.Mul(row, x), b.Add(row, x), b.Add(x, row), b.Sub(row, x), b.Mul(row, open), b.Mul(x, x)} {
		b.Output(v)
	}
	m := passtest.Passed(t, b, cuda.LargeFirst)
	var first []string
	for _, n := range m.Graph.Nodes {
		first = append(first, n.Input(0))
	}
	if want := []string{"x", "x", "x", row, row, "x"}; !slices.Equal(first, want) {
		t.Errorf("first operands %q, want %q", first, want)
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{2, 3}, 1, -2, 3, 4, 5, -6), "open": eval.Floats([]int{1, 3}, 7, 8, 9)})
}
