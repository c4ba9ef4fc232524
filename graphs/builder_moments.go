package graphs

// Moments returns the mean of x over the axes (kept with size 1), x − mean,
// and the biased variance. All users write them alike, so that the shared
// subexpressions of a forward and a backward pass merge.
func (b *Builder) Moments(x string, axes ...int64) (mean, centred, variance string) {
	mean = b.ReduceMean(x, true, axes...)
	centred = b.Sub(x, mean)
	variance = b.ReduceMean(b.Square(centred), true, axes...)
	return mean, centred, variance
}

// InvStdDev returns 1/√(variance + epsilon).
func (b *Builder) InvStdDev(variance string, epsilon float64) string {
	return b.Reciprocal(b.Sqrt(b.Shift(variance, epsilon)))
}

// Count returns the number of elements of x along the axes, as a scalar of
// x's element type: a constant where the sizes are known.
func (b *Builder) Count(x string, axes ...int64) string {
	n, known := int64(1), true
	for _, a := range axes {
		d := UnknownDim
		if i, err := axis(a, len(b.Shape(x))); err == nil {
			d = b.Shape(x)[i]
		}
		n, known = n*d.Size, known && d.IsKnown()
	}
	if known {
		return b.Like(x, float64(n))
	}
	sizes := b.Gather(b.ShapeOf(x), b.Ints(axes...), 0)
	return b.Cast(b.Op("ReduceProd", []string{sizes}, keepDims(false)), b.Elem(x))
}

// BatchAxes returns the axes over which BatchNormalization takes its
// statistics: all but the channels at axis 1.
func (b *Builder) BatchAxes(x string) []int64 {
	axes := []int64{0}
	for a := 2; a < b.Rank(x); a++ {
		axes = append(axes, int64(a))
	}
	return axes
}

// PerChannel returns the vector v [C] shaped to broadcast along axis 1 of x.
func (b *Builder) PerChannel(v, x string) string {
	dims := make([]int64, b.Rank(x))
	for i := range dims {
		dims[i] = 1
	}
	if len(dims) < 2 {
		b.Failf("%q has no channel axis", x)
		return v
	}
	dims[1] = -1
	return b.ReshapeTo(v, dims...)
}
