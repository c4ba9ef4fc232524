package graphs

// reduce infers reductions over the axes in the second input (an attribute in
// older operator sets); without axes over all, or over none when
// noop_with_empty_axes says so.
func reduce(c *inferCall) ([]Info, error) {
	x := c.input(0)
	keep := c.node.Int("keepdims", 1) != 0
	axes, known := c.ints(1, "axes")
	if x.Shape == nil {
		if known && len(axes) == 0 && !keep && c.node.Int("noop_with_empty_axes", 0) == 0 {
			return one(x.Elem, Shape{})
		}
		return one(x.Elem, nil)
	}
	if !known {
		return one(x.Elem, unknownAxes(c, keep))
	}
	if len(axes) == 0 {
		if c.node.Int("noop_with_empty_axes", 0) != 0 {
			return one(x.Elem, x.Shape)
		}
		for i := range x.Shape {
			axes = append(axes, int64(i))
		}
	}
	shape, err := reduceShape(x.Shape, axes, keep)
	if err != nil {
		return nil, err
	}
	return one(x.Elem, shape)
}

// unknownAxes is the shape after a reduction over axes known only at run
// time: the rank is known when they are kept, no size is.
func unknownAxes(c *inferCall, keep bool) Shape {
	rank := len(c.input(0).Shape)
	if !keep {
		return nil
	}
	out := make(Shape, rank)
	for i := range out {
		out[i] = UnknownDim
	}
	return out
}

func reduceShape(s Shape, axes []int64, keep bool) (Shape, error) {
	reduced := make([]bool, len(s))
	for _, a := range axes {
		i, err := axis(a, len(s))
		if err != nil {
			return nil, err
		}
		reduced[i] = true
	}
	out := Shape{}
	for i, d := range s {
		switch {
		case !reduced[i]:
			out = append(out, d)
		case keep:
			out = append(out, Known(1))
		}
	}
	return out, nil
}

// argReduce infers ArgMax and ArgMin: indices along one axis.
func argReduce(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(Int64, nil)
	}
	shape, err := reduceShape(x.Shape, []int64{c.node.Int("axis", 0)}, c.node.Int("keepdims", 1) != 0)
	if err != nil {
		return nil, err
	}
	return one(Int64, shape)
}
