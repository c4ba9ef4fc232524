package cpu_test

import (
	"math"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
)

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
			m := passtest.Passed(t, b, cpu.Masks)
			if got := passtest.Count(m, "HardSigmoid"); got != test.masks {
				t.Errorf("%d masks, want %d", got, test.masks)
			}
			passtest.Same(t, b.Model(), m, map[string]*eval.Value{
				"x": eval.Floats([]int{1, 9}, 0, math.Copysign(0, -1), 1e-38, -1e-38, 1, -1, 3e38, math.Inf(1), math.Inf(-1)),
			})
		})
	}
}
