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
	return rewriteKnown(m, func(k *makers, n *graphs.Node) []string {
		switch {
		case slices.Contains(reshapes, n.Op):
			return k.reshape(n)
		case n.Op == "Transpose":
			return k.transpose(n)
		case n.Op == "Gemm" || n.Op == "MatMul":
			return k.product(n)
		}
		return nil
	})
}

// reshapes are the operators that change nothing but the shape.
var reshapes = []string{"Flatten", "Reshape", "Squeeze", "Unsqueeze"}

// reshape joins a change of shape with those before it.
func (k *makers) reshape(n *graphs.Node) []string {
	x, out := n.Input(0), k.Shape(n.Output(0))
	root := x
	for p := k.maker(root); p != nil && slices.Contains(reshapes, p.Op); p = k.maker(root) {
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
func (k *makers) transpose(n *graphs.Node) []string {
	x := n.Input(0)
	perm := permutation(n, len(k.Shape(x)))
	if perm == nil {
		return nil
	}
	if isIdentity(perm) {
		return []string{x}
	}
	p := k.maker(x)
	switch {
	case p == nil:
	case p.Op == "Transpose":
		first := permutation(p, len(perm))
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
	case p.Op == "Gemm" && p.Input(2) == "" && k.reads[x] == 1: // (A·B)ᵀ = Bᵀ·Aᵀ
		return []string{k.Op("Gemm", []string{p.Input(1), p.Input(0)}, gemmAttributes(p, p.Int("transB", 0) == 0, p.Int("transA", 0) == 0)...)}
	case p.Op == "MatMul" && k.reads[x] == 1 && swapsLast(perm):
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
func (k *makers) exchanged(p *graphs.Node) []string {
	a, b := p.Input(0), p.Input(1)
	if len(k.Shape(a)) < 2 || len(k.Shape(b)) < 2 || !k.isSwapped(a) && !k.isSwapped(b) {
		return nil
	}
	return []string{k.MatMul(k.swapped(b), k.swapped(a))}
}

// isSwapped reports whether a value is the transpose of matrices.
func (k *makers) isSwapped(x string) bool {
	p := k.maker(x)
	return p != nil && p.Op == "Transpose" && swapsLast(permutation(p, len(k.Shape(x))))
}

// swapped returns the transpose of matrices.
func (k *makers) swapped(x string) string {
	if k.isSwapped(x) {
		return k.maker(x).Input(0)
	}
	return k.SwapLast(x)
}

// permutation returns the axes of a Transpose of a tensor of known rank, nil
// when they are none.
func permutation(n *graphs.Node, rank int) []int64 {
	perm := n.Ints("perm")
	if perm == nil {
		perm = make([]int64, rank)
		for i := range perm {
			perm[i] = int64(rank - 1 - i)
		}
	}
	sorted := slices.Sorted(slices.Values(perm))
	if len(perm) != rank || rank == 0 || !isIdentity(sorted) {
		return nil
	}
	return perm
}

func isIdentity(perm []int64) bool {
	for i, axis := range perm {
		if axis != int64(i) {
			return false
		}
	}
	return true
}

// product has a product read matrices rather than their transposes.
func (k *makers) product(n *graphs.Node) []string {
	if n.Op == "MatMul" && (len(k.Shape(n.Input(0))) != 2 || len(k.Shape(n.Input(1))) != 2 || !k.Elem(n.Input(0)).IsFloat()) {
		return nil
	}
	inputs := slices.Clone(n.Inputs)
	trans := [2]bool{n.Int("transA", 0) != 0, n.Int("transB", 0) != 0}
	changed := false
	for i := range trans {
		if p := k.maker(n.Input(i)); p != nil && p.Op == "Transpose" && len(k.Shape(p.Input(0))) == 2 {
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
