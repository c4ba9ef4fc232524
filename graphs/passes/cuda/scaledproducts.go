package cuda

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// ScaleProducts returns a copy of m in which a product with a matrix that is
// scaled as a whole is scaled itself, where it has fewer elements:
//
//	(θ·W)·X    is θ·(W·X)
//
// for a θ of rank 0. Only for float32: a half may not hold W·X.
func ScaleProducts(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		if n.Op != "Gemm" && n.Op != "MatMul" || k.Elem(n.Output(0)) != graphs.Float32 || n.Float("alpha", 1) != 1 || n.Float("beta", 1) != 1 {
			return nil
		}
		for i := range 2 {
			matrix, scale := scaledMatrix(k, n.Input(i))
			if matrix == "" || !fewer(k.Builder, n.Output(0), matrix) {
				continue
			}
			factors := []string{n.Input(0), n.Input(1)}
			factors[i] = matrix
			y := k.Mul(k.Op(n.Op, factors, n.Attributes...), scale)
			if c := n.Input(2); c != "" {
				y = k.Add(y, c)
			}
			return []string{y}
		}
		return nil
	})
}

// scaledMatrix reads a value as a matrix times a number, "" when it is none.
func scaledMatrix(k *passes.Known, name string) (matrix, scale string) {
	n := k.Maker(name)
	if !n.Is("Mul") {
		return "", ""
	}
	for i, in := range n.Inputs {
		if k.Shape(in).Equals(graphs.Shape{}) && len(k.Shape(n.Inputs[1-i])) == 2 {
			return n.Inputs[1-i], in
		}
	}
	return "", ""
}

// fewer reports whether x has fewer elements than y, both of known shapes.
func fewer(b *graphs.Builder, x, y string) bool {
	few, known := b.Shape(x).Elements()
	many, alsoKnown := b.Shape(y).Elements()
	return known && alsoKnown && few < many
}
