package cuda_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

// TestSplitReductions takes a batch of planes apart, but no other reduction.
func TestSplitReductions(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(2), graphs.Known(3), graphs.Known(2), graphs.Known(2)}})
	b.Output(b.ReduceMean(x, true, 0, 2, 3))
	b.Output(b.ReduceSum(x, false, 0, -1, 2))
	b.Output(b.ReduceSum(x, true, 0, 2))
	m := passtest.Passed(t, b, cuda.SplitReductions)
	if mean, sum := passtest.Count(m, "ReduceMean"), passtest.Count(m, "ReduceSum"); mean != 0 || sum != 5 {
		t.Errorf("%d means, %d sums, want 0, 5\n%s", mean, sum, graphs.Text(m))
	}
	values := make([]float64, 24)
	for i := range values {
		values[i] = float64(i*i) - 50
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{2, 3, 2, 2}, values...)})
}
