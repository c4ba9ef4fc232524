package autodiff

// In these rules v is spread over the reduced axes again, which takes their
// number to be known when the graph is derived.

// y = Σx: v for every element.
func reduceSum(c *call) []string { return []string{c.spread(c.dy[0])} }

// y = Σx/n: v/n for every element.
func reduceMean(c *call) []string {
	axes := c.axes()
	if len(axes) == 0 {
		return []string{c.dy[0]}
	}
	return []string{c.spread(c.Div(c.dy[0], c.Count(c.in(0), axes...)))}
}

// y = Σx²: 2·v·x.
func reduceSumSquare(c *call) []string {
	return []string{c.Mul(c.spread(c.Scale(c.dy[0], 2)), c.in(0))}
}

// y = max x or min x: v where x is y, in equal shares where several are.
func reduceExtremum(c *call) []string {
	x := c.in(0)
	hit := c.mask(c.Equal(x, c.keptAxes(c.node.Outputs[0])), x)
	axes := c.axes()
	if len(axes) == 0 {
		return []string{c.dy[0]}
	}
	share := c.Div(c.keptAxes(c.dy[0]), c.ReduceSum(hit, true, axes...))
	return []string{c.Mul(hit, share)}
}

// spread broadcasts a reduced value over the input's shape.
func (c *call) spread(v string) string { return c.ExpandLike(c.keptAxes(v), c.in(0)) }

// keptAxes gives a reduced value its axes of size 1 back where the node
// dropped them.
func (c *call) keptAxes(v string) string {
	axes := c.axes()
	if c.node.Int("keepdims", 1) != 0 || len(axes) == 0 {
		return v
	}
	return c.Unsqueeze(v, axes...)
}

// axes returns the axes that a reduction goes over.
func (c *call) axes() []int64 {
	axes := c.node.Ints("axes")
	if name := c.in(1); name != "" {
		known := false
		if axes, known = c.Info(name).Ints(); !known {
			c.Failf("its axes %q are not constant", name)
			return nil
		}
	}
	if len(axes) > 0 {
		return axes
	}
	if c.node.Int("noop_with_empty_axes", 0) != 0 {
		return nil
	}
	axes = make([]int64, c.Rank(c.in(0)))
	for i := range axes {
		axes[i] = int64(i)
	}
	return axes
}
