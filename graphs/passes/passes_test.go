package passes_test

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/passes"
)

// all are the passes that keep inputs and outputs, by name.
var all = map[string]func(*graphs.Model) (*graphs.Model, error){
	"Prune":       func(m *graphs.Model) (*graphs.Model, error) { return passes.Prune(m), nil },
	"Share":       func(m *graphs.Model) (*graphs.Model, error) { return passes.Share(m, nil) },
	"Fold":        func(m *graphs.Model) (*graphs.Model, error) { return passes.Fold(m, nil) },
	"Simplify":    passes.Simplify,
	"Views":       passes.Views,
	"Expansions":  passes.Expansions,
	"Pads":        passes.Pads,
	"Lower":       passes.LowerBatchNormalization,
	"Tidy":        tidy,
	"Upgrade":     passes.Upgrade,
	"Columns":     func(m *graphs.Model) (*graphs.Model, error) { return passes.Columns(m, "x0") },
	"Standardise": passes.Standardise,
	"Planes":      func(m *graphs.Model) (*graphs.Model, error) { return passes.Planes(m, passes.Large{}) },
	"Affines":     func(m *graphs.Model) (*graphs.Model, error) { return passes.Affines(m, passes.Large{}) },
	"Abreast":     func(m *graphs.Model) (*graphs.Model, error) { return passes.Abreast(m, nil) },
	"Places":      func(m *graphs.Model) (*graphs.Model, error) { return passes.Places(m, nil) },
	"BatchLast":   passes.BatchLast,
	"Unfold":      func(m *graphs.Model) (*graphs.Model, error) { return passes.Unfold(m, always) },
	"SumRows":     passes.SumRows,
	"Trim":        passes.Trim,
	"Masks":       passes.Masks,
	"Maxima":      passes.Maxima,
	"Scales":      passes.Scales,
	"Apart":       func(m *graphs.Model) (*graphs.Model, error) { return passes.Apart(m, m.Graph.Outputs[0].Name) },
	"Split":       passes.SplitReductions,
	"Sums":        passes.MultiplySums,
	"LargeFirst":  passes.LargeFirst,
	"NoTables":    passes.NoTables,
	"Accumulate":  passes.Accumulate,
	"Products":    passes.ScaleProducts,
	"Hoist":       passes.Hoist,
	"Select":      passes.Select,
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

func always(_, _ graphs.Shape) bool { return true }

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

// TestPassesKeepWhatRandomGraphsCompute runs every pass on random graphs with
// aliased outputs, subgraphs, shape arithmetic and all sorts of types.
func TestPassesKeepWhatRandomGraphsCompute(t *testing.T) {
	for seed := range uint64(300) {
		s := graphtest.Random(ptr(graphtest.RandomChoices(seed, 200)), false)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if checkPass(t, name, s); t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

func FuzzPasses(f *testing.F) {
	for seed := range uint64(5) {
		f.Add([]byte(graphtest.RandomChoices(seed, 200)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := graphtest.Random(ptr(graphtest.Choices(data)), false)
		for name := range all {
			checkPass(t, name, s)
		}
	})
}

func ptr[T any](v T) *T { return &v }

func checkPass(t *testing.T, name string, s *graphtest.Sample) {
	t.Helper()
	before := graphs.Text(s.Model)
	out, err := all[name](s.Model)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, before)
	}
	if after := graphs.Text(s.Model); after != before {
		t.Errorf("%s changed the model given to it from\n%s\nto\n%s", name, before, after)
	}
	if err := graphs.Check(out); err != nil {
		t.Errorf("%s: %v\n%s\nfrom\n%s", name, err, graphs.Text(out), before)
	}
	if !slices.Equal(names(out.Graph.Inputs), names(s.Model.Graph.Inputs)) || !slices.Equal(names(out.Graph.Outputs), names(s.Model.Graph.Outputs)) {
		t.Errorf("%s has changed inputs or outputs:\n%s\nfrom\n%s", name, graphs.Text(out), before)
	}
	got, err := eval.Run(out, s.Feeds)
	if err != nil {
		t.Errorf("%s: %v\n%s\nfrom\n%s", name, err, graphs.Text(out), before)
		return
	}
	for _, v := range s.Model.Graph.Outputs {
		if !same(got[v.Name], s.Values[v.Name]) {
			t.Errorf("%s: %q is %v, want %v\n%s\nfrom\n%s", name, v.Name, got[v.Name], s.Values[v.Name], graphs.Text(out), before)
		}
	}
}

func names(values []*graphs.Value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Name
	}
	return out
}

// same allows what rounding of folded constants to float32 costs.
func same(a, b *eval.Value) bool {
	return a.Type == b.Type && slices.Equal(a.Shape, b.Shape) && slices.Equal(a.I, b.I) &&
		slices.EqualFunc(a.F, b.F, func(x, y float64) bool { return math.Abs(x-y) <= 1e-4*(1+math.Abs(y)) })
}

// TestTidyLeavesNothingToDo tidies random graphs twice, and looks for nodes,
// outputs and constants that nothing needs.
func TestTidyLeavesNothingToDo(t *testing.T) {
	for seed := range uint64(300) {
		s := graphtest.Random(ptr(graphtest.RandomChoices(seed, 200)), false)
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
