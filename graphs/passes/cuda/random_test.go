package cuda_test

import (
	"testing"

	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cuda"
)

// all are the passes, by name.
var all = map[string]passtest.Pass{
	"Accumulate":      cuda.Accumulate,
	"Hoist":           cuda.Hoist,
	"LargeFirst":      cuda.LargeFirst,
	"MultiplySums":    cuda.MultiplySums,
	"NoTables":        cuda.NoTables,
	"ScaleProducts":   cuda.ScaleProducts,
	"Select":          cuda.Select,
	"SplitReductions": cuda.SplitReductions,
}

// TestPassesKeepRandomGraphs runs them on random graphs, and on such of operators
// that are not ONNX's.
func TestPassesKeepRandomGraphs(t *testing.T) {
	passtest.Keep(t, all)
	passtest.LeaveForeign(t, all)
}

func FuzzPasses(f *testing.F) { passtest.Fuzz(f, all) }
