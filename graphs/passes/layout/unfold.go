package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Unfold returns a copy of m in which convolutions are products of matrices,
// where pays holds for the shapes of their weights and output. With T places of
// the kernel, x unfolded by [graphs.Builder.Unfold], and w and y O×(C·T) and
// N×O×Q,
//
//	y = w·x  O×(Q·N), with the batch brought to the front
//
// Those of several groups are left as they are, and so are those of one place,
// which are products anyway, but for those that skip places by strides: these are
// products with the places that they see. Gradients may need the same unfolded x:
// passes.Share is to follow.
func Unfold(m *graphs.Model, pays func(w, y graphs.Shape) bool) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if skips(b, n) {
			return []string{skipped(b, n)}
		}
		axes := slides(b, n)
		if axes == nil || !pays(b.Shape(n.Input(1)), b.Shape(n.Output(0))) {
			return nil
		}
		return []string{unfolded(b, n, axes)}
	})
}

// slides is how the window of a Conv slides, nil where the pass leaves it alone
// or a size is not known.
func slides(b *graphs.Builder, n *graphs.Node) []graphs.Slide {
	x, w, y := b.Shape(n.Input(0)), b.Shape(n.Input(1)), b.Shape(n.Output(0))
	if n.StandardOp() != "Conv" || n.Int("group", 1) != 1 || n.Str("auto_pad", "NOTSET") != "NOTSET" || !isSized(x) || !isSized(w) || !isSized(y) {
		return nil
	}
	axes := slidesOf(n, w, y)
	if !slices.ContainsFunc(axes, func(s graphs.Slide) bool { return s.Taps > 1 }) {
		return nil
	}
	return axes
}

// skips reports whether n is a Conv with kernels of one place, in one group, that
// see the first of each block of places, which are not too many to be counted one by
// one.
func skips(b *graphs.Builder, n *graphs.Node) bool {
	x, w, y := b.Shape(n.Input(0)), b.Shape(n.Input(1)), b.Shape(n.Output(0))
	return n.StandardOp() == "Conv" && n.Int("group", 1) == 1 && isSized(x) && isSized(w) && isSized(y) && areOnes(w[2:]) && fits(y[2:].Dims()...) &&
		graphs.IsEvenlySkipped(x[2:], y[2:], n.Ints("strides")) // which leaves no room for padding
}

// skipped appends the product for such a Conv and returns the output.
func skipped(b *graphs.Builder, n *graphs.Node) string {
	w := b.Shape(n.Input(1))
	return product(b, n, b.ReshapeTo(n.Input(1), w[0].Size, -1), b.Rows(b.SkipPlaces(n.Input(0), n.Ints("strides"))))
}

// unfolded appends the product and returns the output.
func unfolded(b *graphs.Builder, n *graphs.Node, axes []graphs.Slide) string {
	w := b.Shape(n.Input(1))
	columns, _ := w[1:].Elements()
	return product(b, n, b.ReshapeTo(n.Input(1), w[0].Size, columns), b.ReshapeTo(b.Unfold(n.Input(0), axes...), columns, -1))
}

// product appends the product of kernels and what they see, and the bias if there
// is one, and returns the output of n.
func product(b *graphs.Builder, n *graphs.Node, kernels, seen string) string {
	y, factors := b.Shape(n.Output(0)), []string{kernels, seen}
	if bias := n.Input(2); bias != "" {
		factors = append(factors, b.ReshapeTo(bias, -1, 1))
	}
	last := append(y[1:].Dims(), y[0].Size)
	return b.Transpose(b.ReshapeTo(b.Op("Gemm", factors), last...), batchFirst(len(y))...)
}
