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
