package autodiff

import "math"

// In the formulas v is the gradient of the node's output y, and the choice at
// a kink is named.

// y = |x|: v·sign(x), 0 at 0.
func abs(c *call) []string { return []string{c.Mul(c.dy[0], c.Sign(c.in(0)))} }

// y = min(max(x, lo), hi): v for x where lo ≤ x ≤ hi, both ends included;
// elsewhere for hi where y = hi, which it is wherever hi < lo, else for lo.
func clip(c *call) []string {
	y := c.node.Outputs[0]
	zero := c.Like(c.dy[0], 0)
	unchanged := c.Equal(c.in(0), y)
	out := make([]string, len(c.node.Inputs))
	out[0] = c.masked(unchanged)
	if len(out) == 1 {
		return out
	}
	rest := c.Where(unchanged, zero, c.dy[0])
	if hi := c.in(2); hi != "" {
		upper := c.Equal(y, hi)
		out[2] = c.Where(upper, rest, zero)
		rest = c.Where(upper, zero, rest)
	}
	if c.in(1) != "" {
		out[1] = rest
	}
	return out
}

// y = max(0, x) + min(0, α(e^(x/α) − 1)): v·(1 for x > 0, else e^(x/α)).
func celu(c *call) []string {
	alpha := float64(c.node.Float("alpha", 1))
	return c.piecewise(c.Exp(c.Scale(c.in(0), 1/alpha)))
}

// y = cos x: −v·sin x.
func cos(c *call) []string {
	return []string{c.Neg(c.Mul(c.dy[0], c.Op("Sin", []string{c.in(0)})))}
}

// y = x for x > 0, else α(eˣ − 1): v·(1 for x > 0, else αeˣ).
func elu(c *call) []string {
	return c.piecewise(c.Scale(c.Exp(c.in(0)), float64(c.node.Float("alpha", 1))))
}

// piecewise is v for x > 0 and v·slope elsewhere, 0 included.
func (c *call) piecewise(slope string) []string {
	positive := c.Greater(c.in(0), c.Like(c.in(0), 0))
	return []string{c.Where(positive, c.dy[0], c.Mul(c.dy[0], slope))}
}

// y = erf x: v·2/√π·e^(−x²).
func erf(c *call) []string {
	bell := c.Exp(c.Neg(c.Square(c.in(0))))
	return []string{c.Mul(c.dy[0], c.Scale(bell, 2/math.Sqrt(math.Pi)))}
}

// y = eˣ: v·y.
func exp(c *call) []string { return []string{c.Mul(c.dy[0], c.node.Outputs[0])} }

// y = x: v.
func identity(c *call) []string { return []string{c.dy[0]} }

// y = x for x > 0, else αx: v·(1 for x > 0, else α).
func leakyRelu(c *call) []string {
	return c.piecewise(c.Like(c.in(0), float64(c.node.Float("alpha", 0.01))))
}

// y = ln x: v/x.
func log(c *call) []string { return []string{c.Div(c.dy[0], c.in(0))} }

// y = −x: −v.
func neg(c *call) []string { return []string{c.Neg(c.dy[0])} }

// y = 1/x: −v·y².
func reciprocal(c *call) []string {
	return []string{c.Neg(c.Mul(c.dy[0], c.Square(c.node.Outputs[0])))}
}

// y = max(x, 0): v where x > 0, else 0 (also at 0).
func relu(c *call) []string {
	return []string{c.masked(c.Greater(c.node.Outputs[0], c.Like(c.in(0), 0)))}
}

// y = 1/(1 + e^−x): v·y·(1 − y).
func sigmoid(c *call) []string {
	y := c.node.Outputs[0]
	return []string{c.Mul(c.dy[0], c.Mul(y, c.Sub(c.Like(y, 1), y)))}
}

// y = sin x: v·cos x.
func sin(c *call) []string { return []string{c.Mul(c.dy[0], c.Op("Cos", []string{c.in(0)}))} }

// y = ln(1 + eˣ): v·sigmoid(x).
func softplus(c *call) []string {
	return []string{c.Mul(c.dy[0], c.Op("Sigmoid", []string{c.in(0)}))}
}

// y = √x: v/(2y), infinite at 0.
func sqrt(c *call) []string {
	return []string{c.Div(c.dy[0], c.Scale(c.node.Outputs[0], 2))}
}

// y = tanh x: v·(1 − y²).
func tanh(c *call) []string {
	y := c.node.Outputs[0]
	return []string{c.Mul(c.dy[0], c.Sub(c.Like(y, 1), c.Square(y)))}
}

// y = x in another element type: v in x's; nothing flows through integers.
func cast(c *call) []string { return []string{c.Cast(c.dy[0], c.Elem(c.in(0)))} }
