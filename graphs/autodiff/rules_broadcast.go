package autodiff

import "slices"

// y = a + b: v, v.
func add(c *call) []string { return []string{c.dy[0], c.dy[0]} }

// y = a − b: v, −v.
func sub(c *call) []string { return []string{c.dy[0], c.Neg(c.dy[0])} }

// y = a·b: v·b, v·a.
func mul(c *call) []string {
	return []string{c.Mul(c.dy[0], c.in(1)), c.Mul(c.dy[0], c.in(0))}
}

// y = a/b: v/b, −v·y/b.
func div(c *call) []string {
	da := c.Div(c.dy[0], c.in(1))
	return []string{da, c.Neg(c.Mul(da, c.node.Outputs[0]))}
}

// y = a^b: v·b·a^(b−1), 0 where b = 0; v·y·ln a, 0 where a = 0.
func pow(c *call) []string {
	a, b, y := c.in(0), c.in(1), c.node.Outputs[0]
	exponent := c.Info(b).Const
	b = c.Cast(b, c.Elem(a))
	slope := c.Mul(b, c.Pow(a, c.Shift(b, -1)))
	if exponent == nil || slices.Contains(exponent.Floats(), 0) { // 0·0⁻¹ is NaN
		zero := c.Like(a, 0)
		slope = c.Where(c.Equal(b, zero), zero, slope)
	}
	one := c.Like(a, 1)
	safe := c.Where(c.Equal(a, c.Like(a, 0)), one, a)
	return []string{c.Mul(c.dy[0], slope), c.Cast(c.Mul(c.dy[0], c.Mul(y, c.Log(safe))), c.Elem(c.in(1)))}
}

// y = max or min of the inputs: v where an input is y, in equal shares where
// several are.
func extremum(c *call) []string {
	y := c.node.Outputs[0]
	masks := c.each(func(x string) string { return c.mask(c.Equal(x, y), x) })
	total := masks[0]
	for _, m := range masks[1:] {
		total = c.Add(total, m)
	}
	share := c.Div(c.dy[0], total)
	for i, m := range masks {
		masks[i] = c.Mul(share, m)
	}
	return masks
}

// y = mean of n inputs: v/n for each.
func mean(c *call) []string {
	share := c.Scale(c.dy[0], 1/float64(len(c.node.Inputs)))
	return c.each(func(string) string { return share })
}

// y = sum of the inputs: v for each.
func sum(c *call) []string { return c.each(func(string) string { return c.dy[0] }) }

// y = a where the condition holds, else b: v and 0, 0 and v.
func where(c *call) []string {
	zero := c.Like(c.dy[0], 0)
	return []string{"", c.Where(c.in(0), c.dy[0], zero), c.Where(c.in(0), zero, c.dy[0])}
}

// y = a − b·trunc(a/b): v for a.
func mod(c *call) []string { return []string{c.dy[0]} }
