package cuda_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

// TestMultiplySums makes products of sums along one axis that leaves rows or
// columns, with what they are multiplied by.
func TestMultiplySums(t *testing.T) {
	for _, c := range []struct {
		dims     []int64
		axes     []int64
		products int
	}{
		{[]int64{3, 5}, []int64{1}, 1}, {[]int64{3, 5}, []int64{-1}, 1}, {[]int64{3, 5}, []int64{0}, 1}, {[]int64{6, 4, 1, 1}, []int64{0}, 1}, {[]int64{2, 3, 5}, []int64{2}, 1},
		{[]int64{2, 3, 5}, []int64{1}, 0}, {[]int64{2, 3, 5}, []int64{1, 2}, 0}, {[]int64{1, 5}, []int64{0}, 0}, {[]int64{1, 5}, []int64{1}, 0}, {[]int64{2, 4096}, []int64{1}, 1}, {[]int64{2, 4097}, []int64{1}, 0},
	} {
		for _, op := range []string{"ReduceMean", "ReduceSum"} {
			for keep := range int64(2) {
				t.Run(fmt.Sprint(op, c, keep), func(t *testing.T) {
					shape, dims, size := graphs.Shape{}, []int{}, 1
					for _, d := range c.dims {
						shape, dims, size = append(shape, graphs.Known(d)), append(dims, int(d)), size*int(d)
					}
					b := passtest.Builder(t)
					x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: shape})
					sum := func() string {
						return b.Op(op, []string{x, b.Ints(c.axes...)}, graphs.Int("keepdims", keep))
					}
					b.Output(sum())
					b.Output(b.Scale(sum(), 0.125)) // one operator with its factor
					twice := sum()
					b.Output(b.Add(b.Scale(twice, 0.125), twice))
					m := passtest.Passed(t, b, cuda.MultiplySums)
					if got := passtest.Count(m, "MatMul"); got != 3*c.products {
						t.Errorf("%d products, want %d", got, 3*c.products)
					}
					if got := passtest.Count(m, "Mul"); got != 2-c.products {
						t.Errorf("%d multiplications, want %d", got, 2-c.products)
					}
					values := make([]float64, size)
					for i := range values {
						values[i] = float64(i%7) - 2.5
					}
					passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats(dims, values...)}, 1e-6)
				})
			}
		}
	}
}
