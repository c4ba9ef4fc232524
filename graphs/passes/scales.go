package passes

import "github.com/memdil/memdil/graphs"

// Scales returns a copy of m in which a large tensor is scaled by small ones as
// late as can be, and by their product at once. Of the standardised x̂ = c·s of
// a BatchNormalization, c N×C×… and s 1×C×…, nothing is left where
//
//	(c·s)·γ is c·(s·γ)    Σ v·(c·s) is (Σ v·c)·s
//
// for sums over all axes along which s is alike.
func Scales(m *graphs.Model) (*graphs.Model, error) {
	return RewriteKnown(m, func(k *Known, n *graphs.Node) []string {
		switch n.Op {
		case "Mul":
			return k.scaledOnce(n)
		case "ReduceMean", "ReduceSum":
			return k.scaledSum(n)
		}
		return nil
	})
}

// scaledOnce is (x·s)·t as x·(s·t).
func (k *Known) scaledOnce(n *graphs.Node) []string {
	scaled, t := k.scaled(n)
	if scaled == "" {
		return nil
	}
	x, s := k.scaled(k.Maker(scaled))
	if x == "" {
		return nil
	}
	return []string{k.Mul(x, k.Mul(s, t))}
}

// scaledSum is Σ v·(x·s) as (Σ v·x)·s.
func (k *Known) scaledSum(n *graphs.Node) []string {
	product, axes := k.Maker(n.Input(0)), ReducedAxes(k.Builder, n)
	if !product.Is("Mul") || k.Reads(n.Input(0)) != 1 || axes == nil || n.Int("keepdims", 1) == 0 {
		return nil
	}
	for i, v := range product.Inputs {
		x, s := k.scaled(k.Maker(product.Inputs[1-i]))
		if x == "" || !k.Shape(v).Equals(k.Shape(x)) || !k.alikeAlong(s, axes) {
			continue
		}
		sum := k.Op(n.Op, []string{k.Mul(v, x), n.Input(1)}, n.Attributes...)
		return []string{k.Mul(sum, s)}
	}
	return nil
}

// scaled reads a node as the product of a large tensor with a small one, which
// has 1 in place of some of its sizes; x is "" when it is none.
func (k *Known) scaled(n *graphs.Node) (x, s string) {
	if !n.Is("Mul") {
		return "", ""
	}
	for i, x := range n.Inputs {
		s := n.Inputs[1-i]
		if k.Shape(x).Equals(k.Shape(n.Outputs[0])) && k.smaller(s, x) {
			return x, s
		}
	}
	return "", ""
}

// smaller reports whether s has far fewer elements than x, and its rank.
func (k *Known) smaller(s, x string) bool {
	small, ok := k.Shape(s).Elements()
	large, known := k.Shape(x).Elements()
	return ok && known && len(k.Shape(s)) == len(k.Shape(x)) && small*8 <= large
}

// alikeAlong reports whether s has one element along the axes.
func (k *Known) alikeAlong(s string, axes []int64) bool {
	for _, a := range axes {
		if k.Shape(s)[a] != graphs.Known(1) {
			return false
		}
	}
	return true
}
