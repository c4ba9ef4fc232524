package passes_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/ort/orttest"
)

// TestPassesLeaveForeignOperators runs every pass on random graphs of operators
// that only their names have in common with ONNX's.
func TestPassesLeaveForeignOperators(t *testing.T) {
	rewrites := maps.Clone(all)
	delete(rewrites, "Rename")
	passtest.LeaveForeign(t, rewrites)
}

// TestStandardiseLeavesForeignOperators has every operator of a standardisation
// be somebody else's, one at a time.
func TestStandardiseLeavesForeignOperators(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(2, 8))
	centred := b.Sub(x, b.ReduceMean(x, true, 1))
	variance := b.ReduceMean(b.Square(centred), true, 1)
	b.Output(b.Mul(centred, b.Reciprocal(b.Sqrt(b.Shift(variance, 1e-5)))))
	if m := passtest.Passed(t, b, passes.Standardise); len(m.Graph.Nodes) != 1 {
		t.Fatalf("no standardisation is found in\n%s", graphs.Text(b.Model()))
	}
	for i, n := range b.Model().Graph.Nodes {
		m := b.Model().Clone()
		m.Opsets[passtest.Foreign], m.Graph.Nodes[i].Domain = 1, passtest.Foreign
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
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(2, 8))
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
	if got, want := pruned(passtest.MadeForeign(b.Model())), []int{2, 2, 3, 3}; !slices.Equal(got, want) {
		t.Errorf("%d outputs of foreign operators are left, want %d", got, want)
	}
	in := map[string]*eval.Value{"x": passtest.Numbers(2, 8)}
	orttest.Run(t, orttest.Runtime(t), passes.Prune(b.Model()), in) // refuses a TopK of one output
}
