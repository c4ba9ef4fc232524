package cpu_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
)

// TestLeavesLast puts the nodes that only outputs read in the order of these, and
// leaves the others where they are.
func TestLeavesLast(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(2, 3))
	b.Named("first", "Neg", []string{x})
	b.Named("read", "Exp", []string{x})
	b.Named("second", "Abs", []string{"read"})
	b.Named("inner", "Tanh", []string{x})
	b.Named("third", "Relu", []string{"inner"})
	for _, name := range []string{"third", "read", "first", "second"} {
		b.Output(name)
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	m := cpu.LeavesLast(b.Model())
	var order []string
	for _, n := range m.Graph.Nodes {
		order = append(order, n.Outputs[0])
	}
	if want := []string{"read", "inner", "third", "first", "second"}; !slices.Equal(order, want) {
		t.Errorf("the nodes make %q, want %q", order, want)
	}
	passtest.Same(t, b.Model(), m, passtest.Images(2, 3))
}
