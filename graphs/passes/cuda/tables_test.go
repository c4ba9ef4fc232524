package cuda_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

// TestNoTables cuts into pieces of different sizes and joins 70 values, with at
// most 32 pieces at once and all of one size.
func TestNoTables(t *testing.T) {
	const n = 70
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(1), graphs.Known(2*n + 8)}})
	var sizes []int64
	for range n {
		sizes = append(sizes, 2)
	}
	sizes = append(sizes, 1, 7)
	pieces := slices.Clone(b.Node("Split", []string{x, b.Ints(sizes...)}, len(sizes), graphs.Int("axis", -1)))
	for i := range pieces {
		pieces[i] = b.Scale(pieces[i], float64(i))
	}
	b.Output(b.Op("Concat", pieces, graphs.Int("axis", 1)))
	even := b.Node("Split", []string{x}, 2, graphs.Int("axis", 1), graphs.Int("num_outputs", 2))
	b.Output(even[1])
	m := passtest.Passed(t, b, cuda.NoTables)
	for op, want := range map[string]int{"Split": 3 + 1, "Slice": 3 + 1, "Gather": 1, "Concat": 3 + 1} {
		if got := passtest.Count(m, op); got != want {
			t.Errorf("%d %s, want %d", got, op, want)
		}
	}
	for _, node := range m.Graph.Nodes {
		if len(node.Inputs) > 32 || len(node.Outputs) > 32 {
			t.Errorf("%s has %d inputs, %d outputs", node.Label(), len(node.Inputs), len(node.Outputs))
		}
	}
	values := make([]float64, 2*n+8)
	for i := range values {
		values[i] = float64(i)
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{1, 2*n + 8}, values...)})
}

// TestOthersStay has an operator of somebody else's that is called like one of
// ONNX's, and a mean of integers, which is none of their sum and a factor.
func TestOthersStay(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{graphs.Known(2), graphs.Known(3), graphs.Known(4)}})
	b.Output(b.Op("ReduceMean", []string{x, b.Ints(0, 2)}))
	b.Append(&graphs.Node{Domain: passtest.Foreign, Op: "Concat", Inputs: slices.Repeat([]string{x}, 40), Outputs: []string{"joined"}})
	b.Model().Graph.Outputs = append(b.Model().Graph.Outputs, &graphs.Value{Name: "joined"})
	for name, pass := range map[string]passtest.Pass{"NoTables": cuda.NoTables, "SplitReductions": cuda.SplitReductions} {
		m, err := pass(b.Model())
		if err != nil {
			t.Fatal(err)
		}
		if got := passtest.Operators(m); got != "ReduceMean Concat" {
			t.Errorf("%s: operators %s", name, got)
		}
	}
}
