package passes_test

import (
	"runtime"
	"testing"

	"github.com/memdil/memdil/graphs"
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
