package autodiff

import "math"

// y = x·Φ(x) with the normal distribution Φ of density φ: v·(Φ(x) + x·φ(x)).
// approximate="tanh": y = x·(1 + t)/2 with t = tanh u, u = √(2/π)(x + a·x³):
// v·((1 + t)/2 + x·(1 − t²)·u'/2).
// (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.)
func gelu(c *call) []string {
	x := c.in(0)
	if c.node.Str("approximate", "none") == "tanh" {
		return []string{c.Mul(c.dy[0], c.geluTanhSlope(x))}
	}
	cdf := c.Scale(c.Shift(c.Op("Erf", []string{c.Scale(x, math.Sqrt2/2)}), 1), 0.5)
	density := c.Scale(c.Exp(c.Scale(c.Square(x), -0.5)), 1/math.Sqrt(2*math.Pi))
	return []string{c.Mul(c.dy[0], c.Add(cdf, c.Mul(x, density)))}
}

func (c *call) geluTanhSlope(x string) string {
	const a = 0.044715
	k := math.Sqrt(2 / math.Pi)
	square := c.Square(x)
	u := c.Mul(x, c.Shift(c.Scale(square, a*k), k))
	du := c.Shift(c.Scale(square, 3*a*k), k)
	t := c.Op("Tanh", []string{u})
	first := c.Shift(t, 1)
	second := c.Mul(c.Mul(x, du), c.Sub(c.Like(t, 1), c.Square(t)))
	return c.Scale(c.Add(first, second), 0.5)
}

// y = max(0, min(1, αx + β)): v·α where 0 < y < 1, else 0 (also at the kinks).
func hardSigmoid(c *call) []string {
	y := c.node.Outputs[0]
	alpha := float64(c.node.Float("alpha", 0.2))
	return []string{c.Scale(c.masked(c.between(y, 0, 1)), alpha)}
}

// y = x·max(0, min(1, x/6 + 1/2)): 0 for x ≤ −3, v for x ≥ 3, else
// v·(x/3 + 1/2).
func hardSwish(c *call) []string {
	x := c.in(0)
	slope := c.Shift(c.Scale(x, 1./3), 0.5)
	outer := c.mask(c.Greater(x, c.Like(x, 0)), x)
	return []string{c.Mul(c.dy[0], c.Where(c.between(x, -3, 3), slope, outer))}
}

// between holds where lo < x < hi.
func (c *call) between(x string, lo, hi float64) string {
	return c.Op("And", []string{c.Greater(x, c.Like(x, lo)), c.Less(x, c.Like(x, hi))})
}

// y = x·t with t = tanh(softplus(x)): v·(t + x·(1 − t²)·sigmoid(x)).
// (Misra, "Mish", 2019.)
func mish(c *call) []string {
	x := c.in(0)
	t := c.Op("Tanh", []string{c.Op("Softplus", []string{x})})
	inner := c.Mul(c.Sub(c.Like(t, 1), c.Square(t)), c.Op("Sigmoid", []string{x}))
	return []string{c.Mul(c.dy[0], c.Add(t, c.Mul(x, inner)))}
}

// y = x for x > 0, else a·x: v·(1 for x > 0, else a); v·(0 for x > 0, else x).
func prelu(c *call) []string {
	x, zero := c.in(0), c.Like(c.in(0), 0)
	positive := c.Greater(x, zero)
	dx := c.Where(positive, c.dy[0], c.Mul(c.dy[0], c.in(1)))
	return []string{dx, c.Where(positive, zero, c.Mul(c.dy[0], x))}
}

// y = γx for x > 0, else γα(eˣ − 1): v·γ·(1 for x > 0, else αeˣ).
// (Klambauer et al., "Self-Normalizing Neural Networks", NIPS 2017.)
func selu(c *call) []string {
	x := c.in(0)
	alpha := float64(c.node.Float("alpha", 1.6732632423543772))
	gamma := float64(c.node.Float("gamma", 1.0507009873554805))
	positive := c.Greater(x, c.Like(x, 0))
	slope := c.Where(positive, c.Like(x, gamma), c.Scale(c.Exp(x), alpha*gamma))
	return []string{c.Mul(c.dy[0], slope)}
}

// y = x − b for x > λ, x + b for x < −λ, else 0: v where |x| > λ, else 0 (also
// at ±λ).
func shrink(c *call) []string {
	x := c.in(0)
	lambda := float64(c.node.Float("lambd", 0.5))
	return []string{c.keepWhere(c.Greater(c.Op("Abs", []string{x}), c.Like(x, lambda)))}
}

// y = x/(1 + |x|): v/(1 + |x|)².
func softsign(c *call) []string {
	return []string{c.Div(c.dy[0], c.Square(c.Shift(c.Op("Abs", []string{c.in(0)}), 1)))}
}

// y = x·s with s = sigmoid(αx): v·(s + α·y·(1 − s)).
func swish(c *call) []string {
	y := c.node.Outputs[0]
	alpha := float64(c.node.Float("alpha", 1))
	s := c.Op("Sigmoid", []string{c.scaled(c.in(0), alpha)})
	rest := c.Mul(c.scaled(y, alpha), c.Sub(c.Like(s, 1), s))
	return []string{c.Mul(c.dy[0], c.Add(s, rest))}
}

// y = x for x > α, else 0: v where x > α, else 0 (also at α).
func thresholdedRelu(c *call) []string {
	alpha := float64(c.node.Float("alpha", 1))
	return []string{c.masked(c.Greater(c.in(0), c.Like(c.in(0), alpha)))}
}
