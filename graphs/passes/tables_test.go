package passes_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
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
	m := passtest.Passed(t, b, passes.NoTables)
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
	for name, pass := range map[string]passtest.Pass{"NoTables": passes.NoTables, "SplitReductions": passes.SplitReductions} {
		m, err := pass(b.Model())
		if err != nil {
			t.Fatal(err)
		}
		if got := passtest.Operators(m); got != "ReduceMean Concat" {
			t.Errorf("%s: operators %s", name, got)
		}
	}
}

// TestAccumulate has products that may be added by themselves, and some that may
// not.
func TestAccumulate(t *testing.T) {
	matrix := graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(2), graphs.Known(3)}}
	for _, c := range []struct {
		name  string
		sum   func(b *graphs.Builder, x, product string) string
		wants string
	}{
		{"multiple first", func(b *graphs.Builder, x, p string) string { return b.Add(b.Scale(x, 0.9), p) }, "Gemm"},
		{"multiple last", func(b *graphs.Builder, x, p string) string { return b.Add(p, b.Scale(x, 0.9)) }, "Gemm"},
		{"another shape", func(b *graphs.Builder, x, p string) string {
			return b.Add(b.Scale(b.ReshapeTo(x, 3, 2, 1), 0.9), b.ReshapeTo(p, 3, 2, 1))
		}, "Reshape Reshape Gemm Reshape"},
		{"no multiple", func(b *graphs.Builder, x, p string) string { return b.Add(x, p) }, "Gemm Add"},
		{"nothing of it", func(b *graphs.Builder, x, p string) string { return b.Add(b.Scale(x, 0), p) }, "Gemm Mul Add"},
		{"doubles", func(b *graphs.Builder, x, _ string) string {
			x = b.Cast(x, graphs.Float64)
			return b.Cast(b.Add(b.Scale(x, 0.9), b.Op("Gemm", []string{x, b.Const(graphs.NewTensor("", graphs.Float64, []int64{3, 3}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 10}))})), graphs.Float32)
		}, "Cast Mul Gemm Add Cast"},
		{"read twice", func(b *graphs.Builder, x, p string) string {
			b.Output(p)
			return b.Add(b.Scale(x, 0.9), p)
		}, "Gemm Mul Add"},
		{"broadcast", func(b *graphs.Builder, x, p string) string {
			return b.Add(b.Scale(b.ReduceSum(x, true, 0), 0.9), p)
		}, "Gemm ReduceSum Mul Add"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := passtest.Builder(t)
			x := b.Input("x", matrix)
			y := b.Input("y", matrix)
			w := b.Const(graphs.NewFloats("w", []int64{3, 3}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 10}))
			b.Output(c.sum(b, x, b.Op("Gemm", []string{y, w}, graphs.Float("alpha", 0.5), graphs.Int("transB", 1))))
			m := passtest.Passed(t, b, passes.Accumulate)
			if got := passtest.Operators(m); got != c.wants {
				t.Errorf("operators %s, want %s", got, c.wants)
			}
			passtest.Same(t, b.Model(), m, map[string]*eval.Value{
				"x": eval.Floats([]int{2, 3}, 1, -2, 3, -4, 5, -6), "y": eval.Floats([]int{2, 3}, 3, 1, 4, 1, 5, 9),
			})
		})
	}
}

// TestScaleProducts scales the smaller of a matrix and its product.
func TestScaleProducts(t *testing.T) {
	for _, c := range []struct {
		rows  int64
		wants string
	}{{2, "Cast Gemm Mul Add Gemm Mul"}, {4, "Cast Mul Gemm Gemm"}} {
		t.Run(fmt.Sprint(c.rows), func(t *testing.T) {
			b := passtest.Builder(t)
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(c.rows), graphs.Known(3)}})
			scale := b.Cast(b.Input("scale", graphs.Type{Elem: graphs.Float64, Shape: graphs.Shape{}}), graphs.Float32)
			w := b.Mul(b.Const(graphs.NewFloats("w", []int64{3, 3}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 10})), scale)
			y := b.Op("Gemm", []string{x, w, b.Const(graphs.NewFloats("c", []int64{3}, []float32{1, 2, 3}))}, graphs.Int("transB", 1))
			b.Output(b.Op("Gemm", []string{w, y}, graphs.Int("transB", 1)))
			m := passtest.Passed(t, b, passes.ScaleProducts)
			if got := passtest.Operators(m); got != c.wants {
				t.Errorf("operators %s, want %s", got, c.wants)
			}
			values := make([]float64, 3*c.rows)
			for i := range values {
				values[i] = float64(i%5) - 2
			}
			passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{int(c.rows), 3}, values...), "scale": eval.Floats(nil, 0.75)})
		})
	}
}
