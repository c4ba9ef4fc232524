package cpu_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
)

// TestSplitProducts takes outputs apart that are products of small factors, and
// multiplies them again.
func TestSplitProducts(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(2), graphs.Known(3)}})
	y := b.Input("y", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(4), graphs.Known(2)}})
	gemm := func(name, left, right string, transA, transB int64, attrs ...graphs.Attribute) {
		b.Output(b.Named(name, "Gemm", []string{left, right}, append(attrs, graphs.Int("transA", transA), graphs.Int("transB", transB))...))
	}
	gemm("both", x, y, 1, 1) // 3×2 · 2×4
	gemm("none", y, x, 0, 0) // 4×2 · 2×3
	gemm("wide", x, x, 0, 1) // inner size 3
	gemm("scaled", y, x, 0, 0, graphs.Float("alpha", 2))
	gemm("read", y, x, 0, 0)
	b.Output(b.Named("reader", "Neg", []string{"read"}))
	b.Output(b.Named("none.left", "Neg", []string{y})) // a name that a factor would have
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	m, factors, err := cpu.SplitProducts(b.Model(), 2, "both", "none", "wide", "scaled", "read", "reader", "missing")
	if err != nil {
		t.Fatal(err)
	}
	if err := graphs.Check(m); err != nil {
		t.Fatal(err)
	}
	in := map[string]*eval.Value{"x": eval.Floats([]int{2, 3}, 1, 2, 3, 4, 5, 6), "y": eval.Floats([]int{4, 2}, -1, 2, -3, 4, -5, 6, -7, 8)}
	want, got := passtest.Results(t, b.Model(), m, in)
	for name, w := range want {
		f, split := factors[name]
		if shouldSplit := name == "both" || name == "none"; split != shouldSplit || split == (got[name] != nil) {
			t.Errorf("%s is split: %v", name, split)
			continue
		}
		if !split {
			continue
		}
		left, right := got[f.Left], got[f.Right]
		columns := right.Shape[1]
		product := make([]float64, left.Shape[0]*columns)
		for i := range product {
			for k := range int(f.Inner) {
				product[i] += left.F[i/columns*int(f.Inner)+k] * right.F[k*columns+i%columns]
			}
		}
		if !slices.Equal(product, w.F) {
			t.Errorf("%s becomes %v, want %v", name, product, w.F)
		}
	}
}
