package cuda_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

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
			m := passtest.Passed(t, b, cuda.Accumulate)
			if got := passtest.Operators(m); got != c.wants {
				t.Errorf("operators %s, want %s", got, c.wants)
			}
			passtest.Same(t, b.Model(), m, map[string]*eval.Value{
				"x": eval.Floats([]int{2, 3}, 1, -2, 3, -4, 5, -6), "y": eval.Floats([]int{2, 3}, 3, 1, 4, 1, 5, 9),
			})
		})
	}
}
