package passtest

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/passes"
)

// Foreign is a domain of operators that are not ONNX's.
const Foreign = "com.example"

// MadeForeign returns a copy of m whose nodes are somebody else's operators,
// called like those of ONNX.
func MadeForeign(m *graphs.Model) *graphs.Model {
	out := m.Clone()
	out.Opsets[Foreign] = 1
	for _, n := range out.Graph.Nodes {
		n.Domain = Foreign
	}
	return out
}

// LeaveForeign runs passes on random graphs of operators that only their names
// have in common with ONNX's.
func LeaveForeign(t *testing.T, by map[string]Pass) {
	t.Helper()
	tried := 0
	for seed := range uint64(100) {
		m := MadeForeign(flat(Random(graphtest.RandomChoices(seed, choices)).Model))
		if len(m.Graph.Outputs) == 0 {
			continue
		}
		tried++
		for name, pass := range by {
			before := graphs.Text(m)
			out, err := pass(m)
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, before)
			}
			if !slices.EqualFunc(out.Graph.Nodes, m.Graph.Nodes, equalNodes) {
				t.Errorf("seed %d: %s made of\n%s\nthis:\n%s", seed, name, before, graphs.Text(out))
			}
		}
	}
	if tried < 50 {
		t.Errorf("only %d graphs have something left", tried)
	}
}

// flat returns a copy of m without nodes that have subgraphs, what depends on
// them, and what nothing needs then.
func flat(m *graphs.Model) *graphs.Model {
	m = m.Clone()
	gone := map[string]bool{}
	m.Graph.Nodes = slices.DeleteFunc(m.Graph.Nodes, func(n *graphs.Node) bool {
		missing := len(n.Subgraphs()) > 0 || slices.ContainsFunc(n.Inputs, func(in string) bool { return gone[in] })
		for _, o := range n.Outputs {
			gone[o] = missing && o != ""
		}
		return missing
	})
	m.Graph.Outputs = slices.DeleteFunc(m.Graph.Outputs, func(v *graphs.Value) bool { return gone[v.Name] })
	return passes.Prune(m)
}

// equalNodes compares what a pass could change but for attributes.
func equalNodes(a, b *graphs.Node) bool {
	return a.Domain == b.Domain && a.Op == b.Op && slices.Equal(a.Inputs, b.Inputs) && slices.Equal(a.Outputs, b.Outputs)
}
