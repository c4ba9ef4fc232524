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
	for op, want := range map[string]int{"Split": 3 + 1, "Slice": 5, "Concat": 3 + 1} {
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

// TestNoTablesOfProducts multiplies batches of matrices: those that differ are
// made alike, and a large matrix for all of a batch is put on the right.
func TestNoTablesOfProducts(t *testing.T) {
	for _, c := range []struct {
		name        string
		left, right []int64
		want        string
	}{
		{"alike", []int64{5, 2, 3}, []int64{5, 3, 4}, "MatMul"},
		{"alike but for a 1", []int64{1, 5, 2, 3}, []int64{5, 3, 4}, "MatMul"},
		{"one on the right", []int64{5, 2, 3}, []int64{3, 4}, "MatMul"},
		{"a vector on the right", []int64{5, 2, 3}, []int64{3}, "Unsqueeze MatMul Reshape"},
		{"two vectors", []int64{3}, []int64{3}, "MatMul"},
		{"one of a batch of one on the right", []int64{5, 2, 3}, []int64{1, 3, 4}, "MatMul"},
		{"two matrices", []int64{2, 3}, []int64{3, 4}, "MatMul"},
		{"one on the left", []int64{2, 3}, []int64{5, 6, 3, 4}, "Expand MatMul Reshape"},
		{"a row on the left", []int64{3}, []int64{5, 3, 4}, "Unsqueeze Expand MatMul Reshape"},
		{"a large one on the left", []int64{1, 9, 8}, []int64{5, 8, 2}, "Transpose Reshape Transpose MatMul Transpose Reshape"},
		{"one of each", []int64{5, 1, 2, 3}, []int64{1, 6, 3, 4}, "Expand Expand MatMul Reshape"},
		{"fewer on the left", []int64{6, 2, 3}, []int64{5, 6, 3, 4}, "Expand MatMul Reshape"},
		{"fewer on the right", []int64{5, 6, 2, 3}, []int64{6, 3, 4}, "Expand MatMul Reshape"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := passtest.Builder(t)
			matrices := func(name string, dims []int64) (string, *eval.Value) {
				sizes := make([]int, len(dims))
				for i, d := range dims {
					sizes[i] = int(d)
				}
				return b.Input(name, graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(dims...)}), passtest.Numbers(sizes...)
			}
			left, a := matrices("a", c.left)
			right, x := matrices("x", c.right)
			b.Output(b.MatMul(left, right))
			m := passtest.Passed(t, b, cuda.NoTables)
			if got := passtest.Operators(m); got != c.want {
				t.Errorf("operators %s, want %s", got, c.want)
			}
			passtest.Same(t, b.Model(), m, map[string]*eval.Value{"a": a, "x": x})
		})
	}
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
