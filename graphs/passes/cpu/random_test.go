package cpu_test

import (
	"maps"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
)

// all are the passes that keep outputs, by name.
var all = map[string]passtest.Pass{
	"Apart":      func(m *graphs.Model) (*graphs.Model, error) { return cpu.Apart(m, m.Graph.Outputs[0].Name) },
	"LeavesLast": func(m *graphs.Model) (*graphs.Model, error) { return cpu.LeavesLast(m), nil },
	"Masks":      cpu.Masks,
	"SumRows":    cpu.SumRows,
}

// TestPassesKeepRandomGraphs runs them on random graphs, and those that replace
// nodes on such of operators that are not ONNX's.
func TestPassesKeepRandomGraphs(t *testing.T) {
	passtest.Keep(t, all)
	replacing := maps.Clone(all)
	delete(replacing, "LeavesLast")
	passtest.LeaveForeign(t, replacing)
}

func FuzzPasses(f *testing.F) { passtest.Fuzz(f, all) }
