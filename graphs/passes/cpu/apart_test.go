package cpu_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
)

// TestApart looks at the shapes of large products before and after the loss.
func TestApart(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", passtest.Matrix(512, 512))
	square := b.Initializer(passtest.Wave("w", 512, 512))
	before := b.MatMul(x, square)
	loss := b.ReduceMean(before, false)
	small := b.MatMul(b.Op("Slice", []string{x, b.Ints(0), b.Ints(2), b.Ints(0)}), square)
	after := b.MatMul(b.Transpose(x, 1, 0), b.Mul(before, loss))
	left := b.MatMul(b.Transpose(x, 1, 0), b.Transpose(before, 1, 0))
	b.Output(loss)
	for _, v := range []string{small, after, left} {
		b.Output(b.ReduceMean(v, false, 0))
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return cpu.Apart(m, loss) })
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	ranks := map[int]int{}
	for _, n := range m.Graph.Nodes {
		if n.Op == "MatMul" {
			ranks[len(infos[n.Outputs[0]].Shape)]++
		}
	}
	if ranks[3] != 1 || ranks[2] != 3 {
		t.Errorf("products have the ranks %v, want one of rank 3", ranks)
	}
	passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": passtest.Numbers(512, 512)}, 1e-6)
}
