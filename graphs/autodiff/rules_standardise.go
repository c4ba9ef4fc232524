package autodiff

// rmsNormalization: x …×D, the mean taken over the axes from axis on.
//
//	r = 1/√(mean x² + ε)    x̂ = x·r    y = γ·x̂    g = v·γ
//	dγ = Σ v·x̂    dx = r·(g − x̂·mean(g·x̂))
//
// (Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.)
func rmsNormalization(c *call) []string {
	x, v := c.in(0), c.dy[0]
	axes := c.axesFrom(x, c.node.Int("axis", -1))
	square := c.ReduceMean(c.Square(x), true, axes...)
	r := c.InvStdDev(square, float64(c.node.Float("epsilon", 1e-5)))
	xhat, g := c.Mul(x, r), c.Mul(v, c.in(1))
	inner := c.Sub(g, c.Mul(xhat, c.ReduceMean(c.Mul(g, xhat), true, axes...)))
	return []string{c.Mul(r, inner), c.Mul(v, xhat)}
}

// axesFrom lists the axes of x from the given one to the last.
func (c *call) axesFrom(x string, first int64) []int64 {
	if first >= 0 {
		return countUp(first, int64(c.Rank(x)))
	}
	if s := c.Shape(x); s != nil {
		first = max(first, -int64(len(s)))
	}
	if first < -maxRank {
		c.Failf("its axis %d is out of range", first)
		return nil
	}
	return countUp(first, 0)
}

// maxRank bounds axes where the rank is not known.
const maxRank = 64

// countUp returns from, from+1, … below to.
func countUp(from, to int64) []int64 {
	var out []int64
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

// instanceNormalization: x N×C×…, statistics over all axes but N and C.
//
//	x̂ = (x − mean)·inv    y = γ·x̂ + β    g = v·γ
//	dγ = Σ v·x̂    dβ = Σv    dx = inv·(g − mean g − x̂·mean(g·x̂))
//
// (Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016.)
func instanceNormalization(c *call) []string {
	x, v := c.in(0), c.dy[0]
	axes := c.axesFrom(x, 2)
	dx, xhat := c.standardised(x, c.Mul(v, c.PerChannel(c.in(1), x)), axes)
	return []string{dx, c.ReduceSum(c.Mul(v, xhat), false, c.BatchAxes(x)...), c.ReduceSum(v, false, c.BatchAxes(x)...)}
}

// standardised returns the gradient by x of x̂ = (x − mean)/√(variance + ε),
// the statistics being over axes, given that by x̂, and x̂.
func (c *call) standardised(x, g string, axes []int64) (dx, xhat string) {
	_, centred, variance := c.Moments(x, axes...)
	inv := c.InvStdDev(variance, float64(c.node.Float("epsilon", 1e-5)))
	xhat = c.Mul(centred, inv)
	inner := c.Sub(g, c.ReduceMean(g, true, axes...))
	inner = c.Sub(inner, c.Mul(xhat, c.ReduceMean(c.Mul(g, xhat), true, axes...)))
	return c.Mul(inv, inner), xhat
}

// groupNormalization: x N×C×…, held as N×G×(C/G·…), statistics over the last
// axis. γ and β are given for each channel from opset 21 on, before that for
// each group. The formulas are those of instanceNormalization.
// (Wu and He, "Group Normalization", 2018.)
func groupNormalization(c *call) []string {
	x, v := c.in(0), c.dy[0]
	groups := c.node.Int("num_groups", 1)
	inGroups := func(value string) string { return c.ReshapeTo(value, 0, groups, -1) }
	if c.Model().Opset() < 21 {
		vg := inGroups(v)
		dx, xhat := c.standardised(inGroups(x), c.Mul(vg, c.Unsqueeze(c.in(1), 1)), []int64{2})
		return []string{c.ReshapeLike(dx, x), c.ReduceSum(c.Mul(vg, xhat), false, 0, 2), c.ReduceSum(vg, false, 0, 2)}
	}
	dx, xhat := c.standardised(inGroups(x), inGroups(c.Mul(v, c.PerChannel(c.in(1), x))), []int64{2})
	axes := c.BatchAxes(x)
	return []string{c.ReshapeLike(dx, x), c.ReduceSum(c.Mul(v, c.ReshapeLike(xhat, x)), false, axes...), c.ReduceSum(v, false, axes...)}
}

// meanVarianceNormalization: statistics over axes, by default all but C.
//
//	x̂ = (x − mean)/σ    y ≈ x̂ (σ is increased by 1e-9)
//	dx = (v − mean v − x̂·mean(v·x̂))/σ
func meanVarianceNormalization(c *call) []string {
	axes := c.node.Ints("axes")
	if axes == nil {
		axes = []int64{0, 2, 3}
	}
	_, _, variance := c.Moments(c.in(0), axes...)
	y, v := c.node.Outputs[0], c.dy[0]
	inner := c.Sub(v, c.ReduceMean(v, true, axes...))
	inner = c.Sub(inner, c.Mul(y, c.ReduceMean(c.Mul(v, y), true, axes...)))
	return []string{c.Div(inner, c.Shift(c.Sqrt(variance), 1e-9))}
}
