package autodiff

// y = arccos x: −v/√(1 − x²).
func acos(c *call) []string { return []string{c.Neg(asin(c)[0])} }

// y = arcosh x: v/√(x² − 1).
func acosh(c *call) []string {
	return []string{c.Div(c.dy[0], c.Sqrt(c.Shift(c.Square(c.in(0)), -1)))}
}

// y = arcsin x: v/√(1 − x²).
func asin(c *call) []string {
	return []string{c.Div(c.dy[0], c.Sqrt(c.Sub(c.Like(c.in(0), 1), c.Square(c.in(0)))))}
}

// y = arsinh x: v/√(x² + 1).
func asinh(c *call) []string {
	return []string{c.Div(c.dy[0], c.Sqrt(c.Shift(c.Square(c.in(0)), 1)))}
}

// y = arctan x: v/(x² + 1).
func atan(c *call) []string {
	return []string{c.Div(c.dy[0], c.Shift(c.Square(c.in(0)), 1))}
}

// y = artanh x: v/(1 − x²).
func atanh(c *call) []string {
	return []string{c.Div(c.dy[0], c.Sub(c.Like(c.in(0), 1), c.Square(c.in(0))))}
}

// y = cosh x: v·sinh x.
func cosh(c *call) []string { return []string{c.Mul(c.dy[0], c.Op("Sinh", []string{c.in(0)}))} }

// y = sinh x: v·cosh x.
func sinh(c *call) []string { return []string{c.Mul(c.dy[0], c.Op("Cosh", []string{c.in(0)}))} }

// y = tan x: v·(1 + y²).
func tan(c *call) []string {
	return []string{c.Mul(c.dy[0], c.Shift(c.Square(c.node.Outputs[0]), 1))}
}
