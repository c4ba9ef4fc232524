package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Views returns a copy of m in which changes of shape and order are joined:
// of several Reshapes, Flattens, Squeezes and Unsqueezes in a row one Reshape
// is left, of several Transposes one, and none where the result is what there
// was before. A shape that is computed is written as a constant where −1 and 0
// can stand for what is not known; the computation then often is needed no
// more. Transpositions of matrices become part of the products that read or
// make them.
func Views(m *graphs.Model) (*graphs.Model, error) {
	return rewriteUnpruned(m, func(k *Known, n *graphs.Node) []string {
		switch {
		case IsReshape(n):
			return k.reshape(n)
		case n.Op == "Transpose":
			return k.transpose(n)
		case n.Op == "Gemm" || n.Op == "MatMul":
			return k.product(n)
		}
		return nil
	})
}

// IsReshape reports whether a node changes nothing but the shape.
func IsReshape(n *graphs.Node) bool {
	return n != nil && slices.Contains([]string{"Flatten", "Reshape", "Squeeze", "Unsqueeze"}, n.StandardOp())
}

// reshape joins a change of shape with those before it.
func (k *Known) reshape(n *graphs.Node) []string {
	x, out := n.Input(0), k.Shape(n.Output(0))
	root := x
	for p := k.Maker(root); IsReshape(p); p = k.Maker(root) {
		root = p.Input(0)
		if k.Shape(root).Equals(out) {
			return []string{root}
		}
	}
	if k.Shape(x).Equals(out) {
		return []string{x}
	}
	if root == x && (n.Op != "Reshape" || k.Info(n.Input(1)).Const != nil) {
		return nil // nothing to gain
	}
	dims := spelt(out, k.Shape(root))
	if dims == nil {
		return nil
	}
	return []string{k.ReshapeTo(root, dims...)}
}

// spelt writes a shape as Reshape takes it: −1 for one size that is not
// known, 0 for those that x has at the same place; nil where that is not
// enough.
func spelt(shape, x graphs.Shape) []int64 {
	if shape == nil {
		return nil
	}
	dims := shape.Dims()
	if missing := len(dims) - countKnown(shape); missing > 1 {
		for i, d := range shape {
			if !d.IsKnown() && i < len(x) && d.Equals(x[i]) && missing > 1 {
				dims[i] = 0
				missing--
			}
		}
		if missing > 1 {
			return nil
		}
	}
	if slices.Contains(shape, graphs.Known(0)) {
		return nil // 0 copies a size
	}
	return dims
}

func countKnown(s graphs.Shape) (n int) {
	for _, d := range s {
		if d.IsKnown() {
			n++
		}
	}
	return n
}

// transpose joins a transposition with those before it, or with the product
// that only it reads.
func (k *Known) transpose(n *graphs.Node) []string {
	x := n.Input(0)
	perm := Permutation(n, len(k.Shape(x)))
	if perm == nil {
		return nil
	}
	if isIdentity(perm) {
		return []string{x}
	}
	p := k.Maker(x)
	switch {
	case p == nil:
	case p.Op == "Transpose":
		first := Permutation(p, len(perm))
		if first == nil {
			return nil
		}
		joined := make([]int64, len(perm))
		for i, axis := range perm {
			joined[i] = first[axis]
		}
		if isIdentity(joined) {
			return []string{p.Input(0)}
		}
		return []string{k.Transpose(p.Input(0), joined...)}
	case p.Op == "Gemm" && p.Input(2) == "" && k.Reads(x) == 1: // (A·B)ᵀ = Bᵀ·Aᵀ
		return []string{k.Op("Gemm", []string{p.Input(1), p.Input(0)}, gemmAttributes(p, p.Int("transB", 0) == 0, p.Int("transA", 0) == 0)...)}
	case p.Op == "MatMul" && k.Reads(x) == 1 && swapsLast(perm):
		return k.exchanged(p)
	}
	return nil
}

// swapsLast reports whether a permutation exchanges the last two axes alone.
func swapsLast(perm []int64) bool {
	n := len(perm)
	return n >= 2 && perm[n-1] == int64(n-2) && perm[n-2] == int64(n-1) && isIdentity(perm[:n-2])
}

// exchanged is the transpose of a product of matrices, (A·B)ᵀ = Bᵀ·Aᵀ, where one
// of them is a transpose itself, nil where nothing is gained.
func (k *Known) exchanged(p *graphs.Node) []string {
	a, b := p.Input(0), p.Input(1)
	if len(k.Shape(a)) < 2 || len(k.Shape(b)) < 2 || !k.isSwapped(a) && !k.isSwapped(b) {
		return nil
	}
	return []string{k.MatMul(k.swapped(b), k.swapped(a))}
}

// isSwapped reports whether a value is the transpose of matrices.
func (k *Known) isSwapped(x string) bool {
	p := k.Maker(x)
	return p != nil && p.Op == "Transpose" && swapsLast(Permutation(p, len(k.Shape(x))))
}

// swapped returns the transpose of matrices.
func (k *Known) swapped(x string) string {
	if k.isSwapped(x) {
		return k.Maker(x).Input(0)
	}
	return k.SwapLast(x)
}

// product has a product read matrices rather than their transposes.
func (k *Known) product(n *graphs.Node) []string {
	if n.Op == "MatMul" && (len(k.Shape(n.Input(0))) != 2 || len(k.Shape(n.Input(1))) != 2 || !k.Elem(n.Input(0)).IsFloat()) {
		return nil
	}
	inputs := slices.Clone(n.Inputs)
	trans := [2]bool{n.Int("transA", 0) != 0, n.Int("transB", 0) != 0}
	changed := false
	for i := range trans {
		if p := k.Maker(n.Input(i)); p != nil && p.Op == "Transpose" && len(k.Shape(p.Input(0))) == 2 {
			inputs[i], trans[i], changed = p.Input(0), !trans[i], true
		}
	}
	if !changed {
		return nil
	}
	return []string{k.Op("Gemm", inputs, gemmAttributes(n, trans[0], trans[1])...)}
}

// gemmAttributes are those of a Gemm like n with other transpositions.
func gemmAttributes(n *graphs.Node, transA, transB bool) []graphs.Attribute {
	attrs := slices.DeleteFunc(slices.Clone(n.Attributes), func(a graphs.Attribute) bool { return a.Name == "transA" || a.Name == "transB" })
	if transA {
		attrs = append(attrs, graphs.Int("transA", 1))
	}
	if transB {
		attrs = append(attrs, graphs.Int("transB", 1))
	}
	return attrs
}
