package cuda

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Accumulate returns a copy of m in which a product of matrices that is added to
// a multiple of another is added by the product itself:
//
//	β·x + A·B    is Gemm(A, B, x) with beta = β
//
// for float32, which an attribute is, whatever shape the sum is given in. It saves
// passes over a large matrix: an optimizer's over its momentum.
func Accumulate(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		if n.Op != "Add" {
			return nil
		}
		for i, name := range n.Inputs {
			if sum := accumulated(k, name, n.Inputs[1-i], n.Output(0)); sum != "" {
				return []string{sum}
			}
		}
		return nil
	})
}

// accumulated is the sum of a product of matrices and a multiple of something,
// "" where they are none, or of other shapes than it, or read elsewhere too.
func accumulated(k *passes.Known, product, multiple, sum string) string {
	shape := k.Shape(sum)
	x, beta, ok := readMultiple(k, k.Maker(multiple))
	if !ok || k.Elem(sum) != graphs.Float32 || !shape.IsStatic() || !k.Shape(x).Equals(shape) || !k.Shape(product).Equals(shape) || k.Reads(product) != 1 {
		return ""
	}
	gemm := k.Maker(product)
	if gemm.Is("Reshape") && k.Reads(gemm.Input(0)) == 1 {
		gemm = k.Maker(gemm.Input(0))
	}
	if !gemm.Is("Gemm") || gemm.Input(2) != "" {
		return ""
	}
	attributes := slices.DeleteFunc(slices.Clone(gemm.Attributes), func(a graphs.Attribute) bool { return a.Name == "beta" })
	added := k.Op("Gemm", []string{gemm.Input(0), gemm.Input(1), inShapeOf(k, gemm.Output(0), x)},
		append(attributes, graphs.Float("beta", float32(beta)))...)
	return inShapeOf(k, sum, added)
}

// inShapeOf returns x in the shape of y.
func inShapeOf(k *passes.Known, y, x string) string {
	if k.Shape(x).Equals(k.Shape(y)) {
		return x
	}
	return k.ReshapeLike(x, y)
}

// readMultiple reads a node as β·x for a constant β, but for 0, with which a product
// would leave out an x that is not finite.
func readMultiple(k *passes.Known, n *graphs.Node) (x string, beta float64, ok bool) {
	if !n.Is("Mul") {
		return "", 0, false
	}
	for i, factor := range n.Inputs {
		if c := k.Info(factor).Const; c != nil && c.Len() == 1 && c.At(0) != 0 {
			return n.Inputs[1-i], c.At(0), true
		}
	}
	return "", 0, false
}
