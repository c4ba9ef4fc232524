package passes_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
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
					m := passtest.Passed(t, b, passes.SumRows)
					if got := passtest.Count(m, "MatMul"); got != test.products {
						t.Errorf("%d products, want %d", got, test.products)
					}
					passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": passtest.Numbers(int(test.rows), int(test.columns))}, 1e-6)
				})
			}
		}
	}
}

// TestMasks makes zeros and ones of all kinds of numbers.
func TestMasks(t *testing.T) {
	for _, test := range []struct {
		name  string
		build func(b *graphs.Builder, x string) string
		masks int
	}{
		{"above 0", func(b *graphs.Builder, x string) string { return b.Cast(b.Greater(x, b.Like(x, 0)), graphs.Float32) }, 1},
		{"above 1", func(b *graphs.Builder, x string) string { return b.Cast(b.Greater(x, b.Like(x, 1)), graphs.Float32) }, 0},
		{"below 0", func(b *graphs.Builder, x string) string { return b.Cast(b.Less(x, b.Like(x, 0)), graphs.Float32) }, 0},
		{"integers", func(b *graphs.Builder, x string) string {
			return b.Cast(b.Cast(b.Greater(x, b.Like(x, 0)), graphs.Int64), graphs.Float32)
		}, 0},
		{"spread", func(b *graphs.Builder, x string) string {
			zeros := b.Const(graphs.NewFloats("", []int64{2, 1, 1}, []float32{0, 0}))
			return b.Cast(b.Greater(x, zeros), graphs.Float32)
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := passtest.Builder(t)
			b.Output(test.build(b, b.Input("x", passtest.Matrix(1, 9))))
			m := passtest.Passed(t, b, passes.Masks)
			if got := passtest.Count(m, "HardSigmoid"); got != test.masks {
				t.Errorf("%d masks, want %d", got, test.masks)
			}
			passtest.Same(t, b.Model(), m, map[string]*eval.Value{
				"x": eval.Floats([]int{1, 9}, 0, math.Copysign(0, -1), 1e-38, -1e-38, 1, -1, 3e38, math.Inf(1), math.Inf(-1)),
			})
		})
	}
}

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

// TestApart looks at the shapes of large products before and after the loss.
func TestApart(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(512, 512))
	square := b.Initializer(passtest.Wave("w", 512, 512))
	before := b.MatMul(x, square)
	loss := b.ReduceMean(before, false)
	small := b.MatMul(b.Op("Slice", []string{x, b.Ints(0), b.Ints(2), b.Ints(0)}), square)
	after := b.MatMul(b.Transpose(x, 1, 0), b.Mul(before, loss))
	left := b.MatMul(b.Transpose(x, 1, 0), b.Transpose(before, 1, 0))
	b.Output(loss)
	for _, v := range []string{small, after, left} {
		b.Output(b.ReduceMean(v, false, 0))
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return passes.Apart(m, loss) })
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	ranks := map[int]int{}
	for _, n := range m.Graph.Nodes {
		if n.Op == "MatMul" {
			ranks[len(infos[n.Outputs[0]].Shape)]++
		}
	}
	if ranks[3] != 1 || ranks[2] != 3 {
		t.Errorf("products have the ranks %v, want one of rank 3", ranks)
	}
	passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": passtest.Numbers(512, 512)}, 1e-6)
}
