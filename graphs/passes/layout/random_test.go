package layout_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// all are the passes, by name.
var all = map[string]passtest.Pass{
	"Abreast":              func(m *graphs.Model) (*graphs.Model, error) { return layout.Abreast(m, nil) },
	"BatchLast":            layout.BatchLast,
	"Columns":              func(m *graphs.Model) (*graphs.Model, error) { return layout.Columns(m, "x0") },
	"Maxima":               layout.Maxima,
	"MultiplyConvolutions": func(m *graphs.Model) (*graphs.Model, error) { return layout.MultiplyConvolutions(m, nil) },
	"Places":               func(m *graphs.Model) (*graphs.Model, error) { return layout.Places(m, nil) },
	"Trim":                 layout.Trim,
	"Unfold":               unfold,
}

// TestPassesKeepRandomGraphs runs them on random graphs, and on such of operators
// that are not ONNX's.
func TestPassesKeepRandomGraphs(t *testing.T) {
	passtest.Keep(t, all)
	passtest.LeaveForeign(t, all)
}

func FuzzPasses(f *testing.F) { passtest.Fuzz(f, all) }
