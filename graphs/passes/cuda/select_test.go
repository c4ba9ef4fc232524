package cuda_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

// TestSelect turns masks into choices, but not where the mask is broadcast.
func TestSelect(t *testing.T) {
	b := passtest.Builder(t)
	shape := graphs.Shape{graphs.Known(2), graphs.Known(2)}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: shape})
	mask := b.Cast(b.Greater(x, b.Like(x, 0)), graphs.Float32)
	b.Output(b.Mul(x, mask))
	b.Output(b.Mul(b.Like(x, 7), mask)) // the other factor is smaller
	m := passtest.Passed(t, b, cuda.Select)
	if got := passtest.Count(m, "Where"); got != 1 {
		t.Errorf("%d Where, want 1\n%s", got, graphs.Text(m))
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{2, 2}, 1, -2, 0, 3)})
}
