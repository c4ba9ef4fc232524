package cuda_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

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
			m := passtest.Passed(t, b, cuda.ScaleProducts)
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

// TestScaleProductsElsewhere scales the other factor where that is the smallest,
// and sees a matrix that was scaled in another shape.
func TestScaleProductsElsewhere(t *testing.T) {
	for rows, want := range map[int]string{2: "x", 3: "x", 7: "x", 8: "w"} { // of x, which is as large as w in the end, and of 2 even with the product
		b := passtest.Builder(t)
		scale := b.Input("scale", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{}})
		w := b.Input("w", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(2, 4, 3)})
		x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(int64(rows), 3)})
		bias := b.Input("bias", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(8)})
		b.Output(b.Op("Gemm", []string{x, b.ReshapeTo(b.Mul(w, scale), 8, 3), bias}, graphs.Int("transB", 1)))
		m := passtest.Passed(t, b, cuda.ScaleProducts)
		scaled := ""
		for _, n := range m.Graph.Nodes {
			if n.Op == "Mul" {
				scaled += n.Inputs[0]
			}
		}
		if scaled != want {
			t.Errorf("%d rows: %q is scaled, want %q\n%s", rows, scaled, want, graphs.Text(m))
		}
		values := func(n int) []float64 {
			v := make([]float64, n)
			for i := range v {
				v[i] = float64(i%5) - 2
			}
			return v
		}
		passtest.Same(t, b.Model(), m, map[string]*eval.Value{
			"x": eval.Floats([]int{rows, 3}, values(3*rows)...), "w": eval.Floats([]int{2, 4, 3}, values(24)...), "scale": eval.Floats(nil, 0.75), "bias": eval.Floats([]int{8}, values(8)...)})
	}
}
