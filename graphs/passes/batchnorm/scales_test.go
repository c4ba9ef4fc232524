package batchnorm_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// TestScales counts the products with a large tensor that are left.
func TestScales(t *testing.T) {
	for _, test := range []struct {
		name     string
		build    func(b *graphs.Builder, x, v, s, r string) string
		products int
	}{
		{"twice", func(b *graphs.Builder, x, _, s, r string) string { return b.Mul(r, b.Mul(x, s)) }, 1},
		{"three times", func(b *graphs.Builder, x, _, s, r string) string { return b.Mul(b.Mul(b.Mul(s, x), r), s) }, 1},
		{"a sum", func(b *graphs.Builder, x, v, s, _ string) string { return b.ReduceSum(b.Mul(v, b.Mul(x, s)), true, 0) }, 1},
		{"a mean", func(b *graphs.Builder, x, v, s, _ string) string { return b.ReduceMean(b.Mul(b.Mul(x, s), v), true, 0) }, 1},
		{"a sum along the scale", func(b *graphs.Builder, x, v, s, _ string) string { return b.ReduceSum(b.Mul(v, b.Mul(x, s)), true, 1) }, 2},
		{"a sum of what is read twice", func(b *graphs.Builder, x, v, s, _ string) string {
			y := b.Mul(v, b.Mul(x, s))
			return b.Mul(y, b.ReduceSum(y, true, 0))
		}, 3},
		{"once", func(b *graphs.Builder, x, v, s, _ string) string { return b.Mul(v, b.Mul(x, s)) }, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := passtest.Builder(t)
			x, v := b.Input("x", passtest.Matrix(32, 6)), b.Input("v", passtest.Matrix(32, 6))
			s, r := b.Input("s", passtest.Matrix(1, 6)), b.Input("r", passtest.Matrix(1, 6))
			b.Output(test.build(b, x, v, s, r))
			m := passtest.Passed(t, b, batchnorm.Scales)
			infos, err := graphs.Infer(m)
			if err != nil {
				t.Fatal(err)
			}
			products := 0
			for _, n := range m.Graph.Nodes {
				if n.Op == "Mul" && infos[n.Outputs[0]].Shape.Equals(infos["x"].Shape) {
					products++
				}
			}
			if products != test.products {
				t.Errorf("%d products with the large tensor, want %d", products, test.products)
			}
			passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": passtest.Numbers(32, 6), "v": passtest.Numbers(32, 6), "s": passtest.Numbers(1, 6), "r": passtest.Numbers(1, 6)}, 1e-6)
		})
	}
}
