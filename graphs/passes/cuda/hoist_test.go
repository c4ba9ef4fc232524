package cuda_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
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
	m := passtest.Passed(t, b, cuda.Hoist)
	for op, want := range map[string]int{"Reciprocal": 1, "Add": 1, "Mul": 4, "Concat": 2} {
		if got := passtest.Count(m, op); got != want {
			t.Errorf("%d %s, want %d\n%s", got, op, want, graphs.Text(m))
		}
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{
		"x": eval.Floats([]int{1, 2}, 1, -2), "y": eval.Floats([]int{1, 2}, 0, 3), "z": eval.Floats([]int{1, 2}, 5, 0.5),
	})
}
