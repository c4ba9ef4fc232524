package passes_test

import (
	"runtime"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
)

// TestFoldLeavesLargeValues checks that a value too large to be stored is not
// even computed: a few bytes can ask for any number of elements.
func TestFoldLeavesLargeValues(t *testing.T) {
	m := graphs.NewModel("large", 18)
	b, err := graphs.NewBuilder(m)
	if err != nil {
		t.Fatal(err)
	}
	b.Output(b.Op("ConstantOfShape", []string{b.Ints(1 << 23)}))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	folded, err := passes.Fold(m, nil)
	runtime.ReadMemStats(&after)
	if err != nil || len(folded.Graph.Nodes) != 1 {
		t.Errorf("error %v, %s", err, graphs.Text(folded))
	}
	if size := after.TotalAlloc - before.TotalAlloc; size > 1<<22 {
		t.Errorf("%d bytes were allocated", size)
	}
}

// TestFoldTellsSizes pads by as many as are not 0 of some constants, which only
// their values tell: what is then known of the shape is folded, too.
func TestFoldTellsSizes(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(2, 3))
	few := b.Op("Size", []string{b.Op("NonZero", []string{b.Ints(0, 5, 7)})})
	padded := b.Op("Pad", []string{x, b.Op("Concat", []string{b.Ints(0, 0, 0), b.Unsqueeze(few, 0)}, graphs.Int("axis", 0))})
	b.Output(b.Expand(b.ReshapeTo(x, 2, 3, 1), b.Op("Concat", []string{b.Ints(2, 3), b.Op("Shape", []string{padded}, graphs.Int("start", 1))}, graphs.Int("axis", 0))))
	m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return passes.Fold(m, nil) })
	if got := passtest.Operators(passes.Prune(m)); got != "Reshape Expand" {
		t.Errorf("operators %s", got)
	}
	passtest.Same(t, b.Model(), m, map[string]*eval.Value{"x": passtest.Numbers(2, 3)})
}
