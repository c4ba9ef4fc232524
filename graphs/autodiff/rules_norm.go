package autodiff

import "github.com/memdil/memdil/graphs"

// y = Σ|x|: v·sign(x), 0 at 0.
func reduceL1(c *call) []string {
	return []string{c.Mul(c.spread(c.dy[0]), c.Sign(c.in(0)))}
}

// y = √Σx²: v·x/y, 0 where y = 0.
func reduceL2(c *call) []string {
	share := c.zeroAt(c.node.Outputs[0], c.Div(c.dy[0], c.node.Outputs[0]))
	return []string{c.Mul(c.spread(share), c.in(0))}
}

// zeroAt returns value where x is not 0, and 0 where it is.
func (c *call) zeroAt(x, value string) string {
	zero := c.Like(x, 0)
	return c.Where(c.Equal(x, zero), zero, value)
}

// y = ln Σx: v·e^−y.
func reduceLogSum(c *call) []string {
	return []string{c.spread(c.Mul(c.dy[0], c.Exp(c.Neg(c.node.Outputs[0]))))}
}

// y = ln Σeˣ: v·e^(x−y).
func reduceLogSumExp(c *call) []string {
	softmax := c.Exp(c.Sub(c.in(0), c.keptAxes(c.node.Outputs[0])))
	return []string{c.Mul(c.keptAxes(c.dy[0]), softmax)}
}

// y = Πx: v times the product of the others, which is 0 where there is a zero
// among them.
func reduceProd(c *call) []string {
	x, axes := c.in(0), c.axes()
	if len(axes) == 0 {
		return []string{c.dy[0]}
	}
	zero := c.Equal(x, c.Like(x, 0))
	isZero := c.mask(zero, x)
	safe := c.Where(zero, c.Like(x, 1), x)
	product := c.reduceAlike("ReduceProd", safe, axes)
	zeros := c.Sub(c.ReduceSum(isZero, true, axes...), isZero) // among the others
	others := c.Where(c.Equal(zeros, c.Like(x, 0)), c.Div(product, safe), c.Like(x, 0))
	return []string{c.Mul(c.keptAxes(c.dy[0]), others)}
}

// lpNormalization: lanes x along an axis, n = (Σ|x|ᵖ)^(1/p), p = 1 or 2.
//
//	y = x/n    dx = (v − s·Σ(v·y))/n with s = sign(x) for p = 1, y for p = 2
//
// where n = 0, dx is 0.
func lpNormalization(c *call) []string {
	x, y, v := c.in(0), c.node.Outputs[0], c.dy[0]
	axes := []int64{c.node.Int("axis", -1)}
	op, slope := "ReduceL2", y
	if c.node.Int("p", 2) == 1 {
		op, slope = "ReduceL1", c.Sign(x)
	}
	n := c.reduceAlike(op, x, axes)
	inner := c.Sub(v, c.Mul(slope, c.ReduceSum(c.Mul(v, y), true, axes...)))
	return []string{c.zeroAt(n, c.Div(inner, n))}
}

// reduceAlike reduces x over the axes, which it keeps with size 1.
func (c *call) reduceAlike(op, x string, axes []int64) string {
	return c.Op(op, []string{x, c.Ints(axes...)}, graphs.Int("keepdims", 1))
}
