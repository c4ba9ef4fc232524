package passes_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
)

// TestHoist joins two runs of equal operators, one of them below another and
// behind reshapes, and leaves alone what differs or is read elsewhere.
func TestHoist(t *testing.T) {
	b := passtest.Builder(t)
	column := func(name string) string {
		return b.Input(name, graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(1), graphs.Known(2)}})
	}
	x, y, z := column("x"), column("y"), column("z")
	inverse := func(v string) string { return b.ReshapeTo(b.Reciprocal(b.Shift(b.Square(v), 1)), 2, 1) }
	shared := b.Scale(z, 3)
	parts := []string{inverse(x), inverse(y), b.ReshapeTo(z, 2, 1), b.ReshapeTo(b.Scale(x, 2), 2, 1), b.ReshapeTo(b.Scale(y, 3), 2, 1), b.ReshapeTo(shared, 2, 1)}
	b.Output(b.Op("Concat", parts, graphs.Int("axis", 0)))
	b.Output(shared)
	m := passtest.Passed(t, b, passes.Hoist)
	for op, want := range map[string]int{"Reciprocal": 1, "Add": 1, "Mul": 4, "Concat": 2} {
		if got := passtest.Count(m, op); got != want {
			t.Errorf("%d %s, want %d\n%s", got, op, want, graphs.Text(m))
		}
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{
		"x": eval.Floats([]int{1, 2}, 1, -2), "y": eval.Floats([]int{1, 2}, 0, 3), "z": eval.Floats([]int{1, 2}, 5, 0.5),
	})
}

// TestSelect turns masks into choices, but not where the mask is broadcast.
func TestSelect(t *testing.T) {
	b := passtest.Builder(t)
	shape := graphs.Shape{graphs.Known(2), graphs.Known(2)}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: shape})
	mask := b.Cast(b.Greater(x, b.Like(x, 0)), graphs.Float32)
	b.Output(b.Mul(x, mask))
	b.Output(b.Mul(b.Like(x, 7), mask)) // the other factor is smaller
	m := passtest.Passed(t, b, passes.Select)
	if got := passtest.Count(m, "Where"); got != 1 {
		t.Errorf("%d Where, want 1\n%s", got, graphs.Text(m))
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{2, 2}, 1, -2, 0, 3)})
}

// TestSplitReductions takes a batch of planes apart, but no other reduction.
func TestSplitReductions(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(2), graphs.Known(3), graphs.Known(2), graphs.Known(2)}})
	b.Output(b.ReduceMean(x, true, 0, 2, 3))
	b.Output(b.ReduceSum(x, false, 0, -1, 2))
	b.Output(b.ReduceSum(x, true, 0, 2))
	m := passtest.Passed(t, b, passes.SplitReductions)
	if mean, sum := passtest.Count(m, "ReduceMean"), passtest.Count(m, "ReduceSum"); mean != 0 || sum != 5 {
		t.Errorf("%d means, %d sums, want 0, 5\n%s", mean, sum, graphs.Text(m))
	}
	values := make([]float64, 24)
	for i := range values {
		values[i] = float64(i*i) - 50
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": eval.Floats([]int{2, 3, 2, 2}, values...)})
}
