package training

import "github.com/memdil/memdil/graphs"

// leastRate stands in for smaller learning rates where they divide.
const leastRate = 1e-30

// velocity is SGD for the body of a Loop, with as few passes over memory as
// standard operators allow. Gradients are multiplied by −s from the start,
// where s is the learning rate (at least leastRate), and in place of the
// momentum v the Loop carries n = −s·v:
//
//	n = μ·(s/s')·n' − s·g − s·λ·p    p += n
//
// with n' and s' of the step before; the Loop begins with s' = 1. The product
// of rate and momentum, which another pass would have to form, is gone.
func (o Optimizer) velocity(b *graphs.Builder, lr, t string) update {
	if o.Kind == Adam {
		return o.adam(b, lr, t)
	}
	s := b.Op("Max", []string{lr, b.Scalar(graphs.Float32, leastRate)})
	u := update{factor: b.Neg(s)}
	decay := b.Scale(u.factor, o.WeightDecay)
	if o.Momentum == 0 {
		u.apply = func(p, grad string, _ []string) (string, []string) {
			if o.WeightDecay == 0 {
				return b.Add(p, grad), nil
			}
			// Not p·(1−s·λ): that number would be rounded, alike for all elements,
			// at a low rate by much of s·λ.
			return b.Op("Sum", []string{b.Mul(p, decay), grad, p}), nil
		}
		return u
	}
	before := graphs.NewFloats(b.Fresh(velocityScale), nil, []float32{1})
	b.Adopt(before)
	u.carried = []carriedValue{{value: before, next: s}}
	ratio := b.Scale(b.Div(s, before.Name), o.Momentum)
	u.apply = func(p, grad string, slots []string) (string, []string) {
		terms := []string{b.Mul(slots[0], ratio), grad}
		if o.WeightDecay != 0 {
			terms = append(terms, b.Mul(p, decay))
		}
		n := b.Op("Sum", terms)
		return b.Add(p, n), []string{n}
	}
	return u
}

// velocityScale names the scale s' in the body of a Loop.
const velocityScale = "momentum.scale"

// velocityForm is velocity as the form in which the body carries momentum.
type velocityForm struct{}

// negatedScale is −s after the last step.
const negatedScale = outerPrefix + "scale.negated"

func (velocityForm) scales() bool { return false }

func (velocityForm) enter(o *outer, slot, v string, _ func() string) string {
	o.add(node("Neg", outerPrefix+"velocity/"+slot, v)) // n = −s·v with s = 1
	return outerPrefix + "velocity/" + slot
}

func (velocityForm) begin(o *outer, scale string) {
	if scale != "" {
		o.add(node("Neg", negatedScale, scale))
	}
}

func (velocityForm) leaveParameter(*outer, string, string) { panic("carried as they are") }

func (velocityForm) leaveMomentum(o *outer, to, n, _ string) { o.add(node("Div", to, n, negatedScale)) }
