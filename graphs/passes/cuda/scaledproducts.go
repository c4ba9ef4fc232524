package cuda

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// ScaleProducts returns a copy of m in which a product with a matrix that is
// scaled as a whole is scaled itself, or its other factor is, whichever has fewer
// elements than the matrix:
//
//	(θ·W)·X    is θ·(W·X), or W·(θ·X)
//
// for a θ of rank 0. Only for float32: a half may not hold W·X.
func ScaleProducts(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		if n.Op != "Gemm" && n.Op != "MatMul" || k.Elem(n.Output(0)) != graphs.Float32 || n.Float("alpha", 1) != 1 || n.Float("beta", 1) != 1 {
			return nil
		}
		for i := range 2 {
			if matrix, scale := scaledMatrix(k, n.Input(i)); matrix != "" {
				if y := scaleElsewhere(k, n, i, matrix, scale); y != "" {
					return []string{y}
				}
			}
		}
		return nil
	})
}

// scaleElsewhere returns a product whose factor i is a scaled matrix with what
// else can be scaled in its place, "" where that has as many elements.
func scaleElsewhere(k *passes.Known, n *graphs.Node, i int, matrix, scale string) string {
	factors := []string{n.Input(0), n.Input(1)}
	other := factors[1-i]
	factors[i] = matrix
	inner := n.Output(0)
	switch {
	case fewer(k.Builder, inner, matrix) && !fewer(k.Builder, other, inner):
		y := k.Mul(k.Op(n.Op, factors, n.Attributes...), scale)
		if c := n.Input(2); c != "" {
			y = k.Add(y, c)
		}
		return y
	case fewer(k.Builder, other, matrix):
		factors[1-i] = k.Mul(other, scale)
		return k.Op(n.Op, append(factors, n.Inputs[2:]...), n.Attributes...)
	}
	return ""
}

// scaledMatrix reads a value as a matrix times a number, in whatever shape that
// was scaled; "" when it is none.
func scaledMatrix(k *passes.Known, name string) (matrix, scale string) {
	n := k.Maker(name)
	if passes.IsReshape(n) {
		n = k.Maker(n.Input(0))
	}
	if !n.Is("Mul") || len(k.Shape(name)) != 2 {
		return "", ""
	}
	for i, in := range n.Inputs {
		if all := n.Inputs[1-i]; k.Shape(in).Equals(graphs.Shape{}) && k.Shape(all).Equals(k.Shape(n.Output(0))) {
			return inShapeOf(k, name, all), in
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
