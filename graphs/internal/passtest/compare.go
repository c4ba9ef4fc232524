package passtest

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// Results runs two models on the same inputs.
func Results(t testing.TB, m, n *graphs.Model, in map[string]*eval.Value) (of, by map[string]*eval.Value) {
	t.Helper()
	of, err := eval.Run(m, in)
	if err != nil {
		t.Fatal(err)
	}
	if by, err = eval.Run(n, in); err != nil {
		t.Fatal(err)
	}
	return of, by
}

// Same compares two models on the same inputs, to 1e-7.
func Same(t testing.TB, m, n *graphs.Model, in map[string]*eval.Value) {
	t.Helper()
	want, got := Results(t, m, n, in)
	for name := range want {
		for i, w := range want[name].F {
			if !(math.Abs(got[name].F[i]-w) <= 1e-7) {
				t.Fatalf("%s[%d] = %g, want %g", name, i, got[name].F[i], w)
			}
		}
	}
}

// Near compares two models on the same inputs, relative to the largest value of
// each output, which must not be 0.
func Near(t testing.TB, m, n *graphs.Model, in map[string]*eval.Value, tolerance float64) {
	t.Helper()
	want, got := Results(t, m, n, in)
	for name, w := range want {
		checkShape(t, name, got[name], w)
		if largest, off := distance(got[name].F, w.F); !(off <= tolerance*largest) || largest == 0 {
			t.Errorf("%s differs by %g of up to %g", name, off, largest)
		}
	}
}

// Close compares two models, called what, on the same inputs as CloseValues does:
// those of a random graph may well be 0.
func Close(t testing.TB, what string, m, n *graphs.Model, in map[string]*eval.Value, tolerance float64) {
	t.Helper()
	want, got := Results(t, m, n, in)
	for name, w := range want {
		checkShape(t, name+" of "+what, got[name], w)
		CloseValues(t, name+" of "+what, got[name].F, w.F, tolerance)
	}
}

// CloseValues allows an error relative to the largest value, to 0.1 at least.
func CloseValues(t testing.TB, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", name, len(got), len(want))
	}
	if largest, off := distance(got, want); !(off <= tolerance*max(largest, 0.1)) {
		t.Errorf("%s differs by %g of up to %g", name, off, largest)
	}
}

// checkShape ends the test where a value has another shape.
func checkShape(t testing.TB, name string, got, want *eval.Value) {
	t.Helper()
	if !slices.Equal(got.Shape, want.Shape) {
		t.Fatalf("%s has the shape %v, want %v", name, got.Shape, want.Shape)
	}
}

// distance returns the largest value that is wanted, and the largest error.
func distance(got, want []float64) (largest, off float64) {
	for i, w := range want {
		largest, off = max(largest, math.Abs(w)), max(off, math.Abs(got[i]-w))
	}
	return largest, off
}

// Alike compares two values, and allows what rounding of folded constants to
// float32 costs.
func Alike(a, b *eval.Value) bool {
	return a.Type == b.Type && slices.Equal(a.Shape, b.Shape) && slices.Equal(a.I, b.I) &&
		slices.EqualFunc(a.F, b.F, func(x, y float64) bool { return math.Abs(x-y) <= 1e-4*(1+math.Abs(y)) })
}
