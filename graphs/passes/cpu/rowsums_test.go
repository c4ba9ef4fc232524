package cpu_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
)

// TestSumRows sums rows of all sizes, kept and not.
func TestSumRows(t *testing.T) {
	for _, test := range []struct {
		rows, columns, axis int64
		products            int
	}{
		{1024, 64, 0, 1}, {1024, 64, -2, 1}, {300, 5000, 0, 1}, {257, 3, 0, 1}, {6000, 48, 0, 1},
		{100, 64, 0, 0}, {1024, 64, 1, 0},
	} {
		for _, op := range []string{"ReduceMean", "ReduceSum"} {
			for keep := range int64(2) {
				t.Run(fmt.Sprint(op, test, keep), func(t *testing.T) {
					b := passtest.Builder(t)
					x := b.Input("x", passtest.Matrix(test.rows, test.columns))
					b.Output(b.Op(op, []string{x, b.Ints(test.axis)}, graphs.Int("keepdims", keep)))
					m := passtest.Passed(t, b, cpu.SumRows)
					if got := passtest.Count(m, "MatMul"); got != test.products {
						t.Errorf("%d products, want %d", got, test.products)
					}
					passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": passtest.Numbers(int(test.rows), int(test.columns))}, 1e-6)
				})
			}
		}
	}
}
