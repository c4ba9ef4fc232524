package passes_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
)

// all are the passes that keep inputs and outputs, by name.
var all = map[string]passtest.Pass{
	"Prune":      passtest.Prune,
	"Share":      passtest.Share,
	"Fold":       func(m *graphs.Model) (*graphs.Model, error) { return passes.Fold(m, nil) },
	"Simplify":   passes.Simplify,
	"Views":      passes.Views,
	"Expansions": passes.Expansions,
	"Pads":       passes.Pads,
	"Tidy":       tidy,
	"Rename": func(m *graphs.Model) (*graphs.Model, error) {
		for _, name := range inside(m.Graph) {
			m = passes.Rename(m, name, name+" renamed")
		}
		return m, nil
	},
	"Nothing": func(m *graphs.Model) (*graphs.Model, error) {
		return passes.Rewrite(m, func(*graphs.Builder, *graphs.Node) []string { return nil })
	},
}

func tidy(m *graphs.Model) (*graphs.Model, error) { return passes.Tidy(m, nil) }

// inside lists the values that are neither inputs nor outputs.
func inside(g *graphs.Graph) []string {
	var names []string
	for _, t := range g.Initializers {
		names = append(names, t.Name)
	}
	for _, n := range g.Nodes {
		names = append(names, n.Outputs...)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return name == "" || g.Output(name) != nil || g.Input(name) != nil
	})
}

// TestPassesKeepWhatRandomGraphsCompute runs every pass.
func TestPassesKeepWhatRandomGraphsCompute(t *testing.T) { passtest.Keep(t, all) }

func FuzzPasses(f *testing.F) { passtest.Fuzz(f, all) }

// TestTidyLeavesNothingToDo tidies random graphs twice, and looks for nodes,
// outputs and constants that nothing needs.
func TestTidyLeavesNothingToDo(t *testing.T) {
	for seed := range uint64(300) {
		s := passtest.Random(graphtest.RandomChoices(seed, 200))
		once, err := tidy(s.Model)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := tidy(once)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := sortedNodes(once), sortedNodes(twice); a != b {
			t.Errorf("seed %d: tidied once:\n%s\ntwice:\n%s\nfrom\n%s", seed, a, b, graphs.Text(s.Model))
		}
		checkLean(t, once)
		if waste, err := graphtest.Waste(once, nil); err != nil || len(waste) > 0 {
			t.Errorf("seed %d: %q, %v\n%s", seed, waste, err, graphs.Text(once))
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// sortedNodes is the text of a model whose nodes are in the order of their
// outputs' names.
func sortedNodes(m *graphs.Model) string {
	sorted := m.Clone()
	slices.SortFunc(sorted.Graph.Nodes, func(a, b *graphs.Node) int { return cmp.Compare(a.Outputs[0], b.Outputs[0]) })
	return graphs.Text(sorted)
}

// checkLean reports nodes and initializers that nothing reads, and nodes that
// compute the same.
func checkLean(t *testing.T, m *graphs.Model) {
	t.Helper()
	read := map[string]bool{}
	for _, v := range m.Graph.Outputs {
		read[v.Name] = true
	}
	for _, n := range m.Graph.Nodes {
		for _, name := range slices.Concat(n.Inputs, n.Captures()) {
			read[name] = true
		}
	}
	for _, n := range m.Graph.Nodes {
		if !slices.ContainsFunc(n.Outputs, func(o string) bool { return read[o] }) {
			t.Errorf("nothing reads %s\n%s", n.Label(), graphs.Text(m))
		}
	}
	for _, w := range m.Graph.Initializers {
		if !read[w.Name] && m.Graph.Input(w.Name) == nil {
			t.Errorf("nothing reads initializer %q\n%s", w.Name, graphs.Text(m))
		}
	}
}
