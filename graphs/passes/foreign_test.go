package passes_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/ort/orttest"
)

const foreign = "com.example"

// madeForeign returns a copy of m whose nodes are somebody else's operators,
// called like those of ONNX.
func madeForeign(m *graphs.Model) *graphs.Model {
	out := m.Clone()
	out.Opsets[foreign] = 1
	for _, n := range out.Graph.Nodes {
		n.Domain = foreign
	}
	return out
}

// TestPassesLeaveForeignOperators runs every pass on random graphs of operators
// that only their names have in common with ONNX's.
func TestPassesLeaveForeignOperators(t *testing.T) {
	tried := 0
	for seed := range uint64(100) {
		m := madeForeign(flat(graphtest.Random(ptr(graphtest.RandomChoices(seed, 200)), false).Model))
		if len(m.Graph.Outputs) == 0 {
			continue
		}
		tried++
		for name, pass := range all {
			if name == "Rename" {
				continue
			}
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

// TestStandardiseLeavesForeignOperators has every operator of a standardisation
// be somebody else's, one at a time.
func TestStandardiseLeavesForeignOperators(t *testing.T) {
	b := builder(t)
	x := b.Input("x", matrix(2, 8))
	centred := b.Sub(x, b.ReduceMean(x, true, 1))
	variance := b.ReduceMean(b.Square(centred), true, 1)
	b.Output(b.Mul(centred, b.Reciprocal(b.Sqrt(b.Shift(variance, 1e-5)))))
	if m := passed(t, b, passes.Standardise); len(m.Graph.Nodes) != 1 {
		t.Fatalf("no standardisation is found in\n%s", graphs.Text(b.Model()))
	}
	for i, n := range b.Model().Graph.Nodes {
		m := b.Model().Clone()
		m.Opsets[foreign], m.Graph.Nodes[i].Domain = 1, foreign
		out, err := passes.Standardise(m)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Graph.Nodes) != len(m.Graph.Nodes) {
			t.Errorf("with another %s, it became\n%s", n.Label(), graphs.Text(out))
		}
	}
}

// TestPruneKeepsRequiredOutputs has outputs that nothing reads: optional ones go,
// those that the operator must have, or that are somebody else's, stay.
func TestPruneKeepsRequiredOutputs(t *testing.T) {
	b := builder(t)
	x := b.Input("x", matrix(2, 8))
	ones := b.Const(graphs.NewFloats("ones", []int64{8}, []float32{1, 1, 1, 1, 1, 1, 1, 1}))
	b.Output(b.Node("TopK", []string{x, b.Ints(3)}, 2)[0])
	b.Output(b.Node("Split", []string{x}, 2, graphs.Int("axis", 1), graphs.Int("num_outputs", 2))[0])
	b.Output(b.Node("DynamicQuantizeLinear", []string{x}, 3)[0])
	b.Output(b.Node("LayerNormalization", []string{x, ones}, 3)[0])
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	pruned := func(m *graphs.Model) (counts []int) {
		for _, n := range passes.Prune(m).Graph.Nodes {
			counts = append(counts, len(n.Outputs))
		}
		return counts
	}
	if got, want := pruned(b.Model()), []int{2, 2, 3, 1}; !slices.Equal(got, want) {
		t.Errorf("%d outputs are left, want %d", got, want)
	}
	if got, want := pruned(madeForeign(b.Model())), []int{2, 2, 3, 3}; !slices.Equal(got, want) {
		t.Errorf("%d outputs of foreign operators are left, want %d", got, want)
	}
	in := map[string]*eval.Value{"x": numbers(2, 8)}
	orttest.Run(t, orttest.Runtime(t), passes.Prune(b.Model()), in) // refuses a TopK of one output
}
