package batchnorm

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Scales returns a copy of m in which a large tensor is scaled by small ones as
// late as can be, and by their product at once. Of the standardised x̂ = c·s of
// a BatchNormalization, c N×C×… and s 1×C×…, nothing is left where
//
//	(c·s)·γ is c·(s·γ)    Σ v·(c·s) is (Σ v·c)·s
//
// for sums over all axes along which s is alike.
func Scales(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		switch n.Op {
		case "Mul":
			return scaledOnce(k, n)
		case "ReduceMean", "ReduceSum":
			return scaledSum(k, n)
		}
		return nil
	})
}

// scaledOnce is (x·s)·t as x·(s·t).
func scaledOnce(k *passes.Known, n *graphs.Node) []string {
	xs, t := scaled(k, n)
	if xs == "" {
		return nil
	}
	x, s := scaled(k, k.Maker(xs))
	if x == "" {
		return nil
	}
	return []string{k.Mul(x, k.Mul(s, t))}
}

// scaledSum is Σ v·(x·s) as (Σ v·x)·s.
func scaledSum(k *passes.Known, n *graphs.Node) []string {
	product, axes := k.Maker(n.Input(0)), passes.ReducedAxes(k.Builder, n)
	if !product.Is("Mul") || k.Reads(n.Input(0)) != 1 || axes == nil || n.Int("keepdims", 1) == 0 {
		return nil
	}
	for i, v := range product.Inputs {
		x, s := scaled(k, k.Maker(product.Inputs[1-i]))
		if x == "" || !k.Shape(v).Equals(k.Shape(x)) || !alikeAlong(k, s, axes) {
			continue
		}
		sum := k.Op(n.Op, []string{k.Mul(v, x), n.Input(1)}, n.Attributes...)
		return []string{k.Mul(sum, s)}
	}
	return nil
}

// scaled reads a node as the product of a large tensor with a small one, which
// has 1 in place of some of its sizes; x is "" when it is none.
func scaled(k *passes.Known, n *graphs.Node) (x, s string) {
	if !n.Is("Mul") {
		return "", ""
	}
	for i, x := range n.Inputs {
		s := n.Inputs[1-i]
		if k.Shape(x).Equals(k.Shape(n.Outputs[0])) && smaller(k, s, x) {
			return x, s
		}
	}
	return "", ""
}

// smaller reports whether s has far fewer elements than x, and its rank.
func smaller(k *passes.Known, s, x string) bool {
	small, ok := k.Shape(s).Elements()
	large, known := k.Shape(x).Elements()
	return ok && known && len(k.Shape(s)) == len(k.Shape(x)) && small*8 <= large
}

// alikeAlong reports whether s has one element along the axes.
func alikeAlong(k *passes.Known, s string, axes []int64) bool {
	for _, a := range axes {
		if k.Shape(s)[a] != graphs.Known(1) {
			return false
		}
	}
	return true
}
