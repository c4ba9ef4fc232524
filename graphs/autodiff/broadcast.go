package autodiff

import "github.com/memdil/memdil/graphs"

// unbroadcast sums grad over the axes along which value was broadcast to
// grad's shape, and returns a value of value's shape.
func unbroadcast(b *graphs.Builder, grad, value string) string {
	from, to := b.Shape(grad), b.Shape(value)
	if from.Equals(to) {
		return grad
	}
	if from == nil || to == nil {
		return unbroadcastAtRunTime(b, grad, value)
	}
	extra := len(from) - len(to)
	if extra < 0 {
		b.Failf("gradient of shape %s for a value of shape %s", from, to)
		return grad
	}
	var axes []int64
	for i := range from {
		switch {
		case i < extra, to[i-extra] == graphs.Known(1) && from[i] != graphs.Known(1):
			axes = append(axes, int64(i))
		case !to[i-extra].IsKnown() && !to[i-extra].Equals(from[i]) && from[i] != graphs.Known(1):
			return unbroadcastAtRunTime(b, grad, value)
		}
	}
	if len(axes) == 0 {
		return grad
	}
	if extra == len(axes) { // nothing is kept with size 1
		return b.ReduceSum(grad, false, axes...)
	}
	summed := b.ReduceSum(grad, true, axes...)
	if extra == 0 {
		return summed
	}
	return b.ReshapeLike(summed, value)
}

// unbroadcastAtRunTime finds the axes when the graph runs: those along which
// value, its shape filled up with 1s in front, has size 1. Summing over an
// axis that has size 1 in both is harmless.
func unbroadcastAtRunTime(b *graphs.Builder, grad, value string) string {
	shape := b.ShapeOf(value)
	rank := b.Op("Size", []string{b.Op("Shape", []string{grad})})
	missing := b.Sub(rank, b.Op("Size", []string{shape}))
	ones := b.Op("Concat", []string{onesOf(b, missing), shape}, graphs.Int("axis", 0))
	axes := b.Op("NonZero", []string{b.Equal(ones, b.Ints(1))})
	return b.Reshape(b.SumOver(grad, b.Squeeze(axes, 0)), shape)
}

// onesOf returns an int64 vector of n ones, n being a scalar value.
func onesOf(b *graphs.Builder, n string) string {
	return b.Expand(b.Ints(1), b.Unsqueeze(n, 0))
}
