package autodiff

import "github.com/memdil/memdil/graphs"

// batchNormalization: x N×C×…, statistics over all axes but C, m elements
// each.
//
//	x̂ = (x − mean)/√(variance + ε)    y = γ·x̂ + β
//	dβ = Σv    dγ = Σ v·x̂
//	training:   dx = γ/√(variance + ε) · (v − Σv/m − x̂·Σ(v·x̂)/m)
//	inference:  dx = γ/√(variance + ε) · v, mean and variance being constants
//
// (Ioffe and Szegedy, "Batch Normalization", ICML 2015, section 3.)
func batchNormalization(c *call) []string {
	x, v := c.in(0), c.dy[0]
	axes := c.BatchAxes(x)
	training := c.node.Int("training_mode", 0) != 0
	centred, inv := c.batchStatistics(x, training)
	xhat := c.Mul(centred, inv)
	meanV := c.ReduceMean(v, true, axes...)
	meanVX := c.ReduceMean(c.Mul(v, xhat), true, axes...)
	inner := v
	if training {
		inner = c.Sub(c.Sub(v, meanV), c.Mul(xhat, meanVX))
	}
	dx := c.Mul(c.Mul(c.PerChannel(c.in(1), x), inv), inner)
	m := c.Count(x, axes...)
	return []string{dx, c.ReshapeLike(c.Mul(meanVX, m), c.in(1)), c.ReshapeLike(c.Mul(meanV, m), c.in(2))}
}

// batchStatistics returns x − mean and 1/√(variance + ε), of the batch or of
// the stored statistics.
func (c *call) batchStatistics(x string, training bool) (centred, inv string) {
	epsilon := float64(c.node.Float("epsilon", 1e-5))
	if training {
		_, centred, variance := c.Moments(x, c.BatchAxes(x)...)
		return centred, c.InvStdDev(variance, epsilon)
	}
	centred = c.Sub(x, c.PerChannel(c.in(3), x))
	return centred, c.InvStdDev(c.PerChannel(c.in(4), x), epsilon)
}

// layerNormalization: x …×D, statistics over the m elements from axis on.
//
//	x̂ = (x − mean)·inv    y = γ·x̂ + β    g = v·γ
//	dγ = Σ v·x̂    dβ = Σv    dx = inv·(g − Σg/m − x̂·Σ(g·x̂)/m)
//
// The sums of dγ and dβ over the other axes undo a broadcast, which is the
// walk's business. (Ba, Kiros and Hinton, "Layer Normalization", 2016.)
func layerNormalization(c *call) []string {
	x, v := c.in(0), c.dy[0]
	axes := c.axesFrom(x, c.node.Int("axis", -1))
	mean, inv := c.Cast(c.out(1), c.Elem(x)), c.Cast(c.out(2), c.Elem(x))
	xhat := c.Mul(c.Sub(x, mean), inv)
	g := c.Mul(v, c.in(1))
	inner := c.Sub(g, c.ReduceMean(g, true, axes...))
	inner = c.Sub(inner, c.Mul(xhat, c.ReduceMean(c.Mul(g, xhat), true, axes...)))
	grads := []string{c.Mul(inv, inner), c.Mul(v, xhat)}
	if c.in(2) != "" {
		grads = append(grads, v)
	}
	return grads
}

// dropout: y = x·mask/(1 − ratio) in training mode, else y = x.
func dropout(c *call) []string {
	mode := c.Info(c.in(2)).Const
	if c.in(2) != "" && mode == nil {
		c.Failf("its training_mode %q is not constant", c.in(2))
	}
	if !isTrue(mode) {
		return []string{c.dy[0]}
	}
	ratio := c.Like(c.dy[0], 0.5)
	if c.in(1) != "" {
		ratio = c.Cast(c.in(1), c.Elem(c.dy[0]))
	}
	kept := c.Div(c.dy[0], c.Sub(c.Like(c.dy[0], 1), ratio))
	return []string{c.Mul(kept, c.mask(c.out(1), kept))}
}

// isTrue reports whether t is a constant that holds.
func isTrue(t *graphs.Tensor) bool { return t != nil && t.Len() == 1 && t.At(0) != 0 }
