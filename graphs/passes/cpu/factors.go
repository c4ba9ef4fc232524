package cpu

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Factors name the two matrices whose product an output was: Left, rows ×
// inner, and Right, inner × columns.
type Factors struct {
	Left, Right string
	Inner       int64
}

// SplitProducts returns a copy of m in which outputs of the given names that are
// products of two matrices of floats, with a known inner size of at most inner,
// are replaced by those matrices. A batch of few samples makes gradients of so
// low a rank that to multiply again costs less than to write and read them.
func SplitProducts(m *graphs.Model, inner int64, names ...string) (*graphs.Model, map[string]Factors, error) {
	out := m.Clone()
	b, err := graphs.NewBuilder(out)
	if err != nil {
		return nil, nil, err
	}
	g, split := out.Graph, map[string]Factors{}
	reads, by := g.Reads(), g.Makers()
	for _, name := range names {
		if n := by[name]; n != nil && reads[name] == 1 && isProduct(b, n, inner) {
			split[name] = factorsOf(b, n)
		}
	}
	outputs := g.Outputs
	g.Outputs = nil
	for _, v := range outputs {
		if f, ok := split[v.Name]; ok {
			b.Output(f.Left)
			b.Output(f.Right)
			continue
		}
		g.Outputs = append(g.Outputs, v)
	}
	return passes.Prune(out), split, b.Err()
}

func isProduct(b *graphs.Builder, n *graphs.Node, inner int64) bool {
	if n.StandardOp() != "Gemm" || n.Input(2) != "" || n.Float("alpha", 1) != 1 || b.Elem(n.Input(0)) != graphs.Float32 {
		return false
	}
	size := innerSize(b, n)
	return size > 0 && size <= inner && b.Shape(n.Input(0)).IsStatic() && b.Shape(n.Input(1)).IsStatic()
}

// innerSize is that of a Gemm, 0 when it is not known.
func innerSize(b *graphs.Builder, n *graphs.Node) int64 {
	a := b.Shape(n.Input(0))
	if len(a) != 2 {
		return 0
	}
	if n.Int("transA", 0) != 0 {
		return a[0].Size
	}
	return a[1].Size
}

// factorsOf appends nodes of their own that make the factors as they are named.
func factorsOf(b *graphs.Builder, n *graphs.Node) Factors {
	factor := func(suffix, x string, trans bool) string {
		made := &graphs.Node{Op: "Identity", Inputs: []string{x}, Outputs: []string{b.Fresh(n.Outputs[0] + suffix)}}
		if trans {
			made.Op, made.Attributes = "Transpose", []graphs.Attribute{graphs.Ints("perm", 1, 0)}
		}
		b.Append(made)
		return made.Outputs[0]
	}
	return Factors{
		Left:  factor(".left", n.Input(0), n.Int("transA", 0) != 0),
		Right: factor(".right", n.Input(1), n.Int("transB", 0) != 0),
		Inner: innerSize(b, n),
	}
}
