package training

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// Optimizer says how a step turns gradients into updates.
type Optimizer struct {
	Kind OptimizerKind
	// Momentum is SGD's μ; 0 keeps no slot.
	Momentum float64
	// WeightDecay λ adds λ·p to the gradient of every parameter p.
	WeightDecay float64
	// History is the number of iterations that LBFGS remembers, at least 1.
	History int
}

// OptimizerKind names an update rule.
type OptimizerKind string

// The optimizers, by the names that the settings use. t counts steps from 1.
const (
	// SGD with momentum, as PyTorch's (no dampening, no Nesterov; formulas.md
	// 5): g += λp; v = μv + g; p −= lr·v.
	SGD OptimizerKind = "SGD"
	// Adam (Kingma and Ba, ICLR 2015, algorithm 1) with β₁ = .9, β₂ = .999,
	// ε = 1e-8 and the decay added to the gradient: g += λp;
	// m = β₁m + (1−β₁)g; s = β₂s + (1−β₂)g²;
	// p −= lr/(1−β₁ᵗ)·m/(√s/√(1−β₂ᵗ) + ε).
	Adam OptimizerKind = "Adam"
	// LBFGS with a strong-Wolfe line search, as PyTorch's. It evaluates a batch
	// many times before it moves on, so that there is no graph of its steps:
	// package train has it.
	LBFGS OptimizerKind = "LBFGS"
)

// Adam's constants.
const (
	AdamBeta1   = 0.9
	AdamBeta2   = 0.999
	AdamEpsilon = 1e-8
)

// ParseOptimizerKind reads the name, in any case, of an optimizer whose step is
// a graph.
func ParseOptimizerKind(name string) (OptimizerKind, error) {
	for _, k := range []OptimizerKind{SGD, Adam} {
		if strings.EqualFold(name, string(k)) {
			return k, nil
		}
	}
	if strings.EqualFold(name, string(LBFGS)) {
		return "", fmt.Errorf("no graph has a step of LBFGS, which searches along a line: `memdil run --optimizer LBFGS` trains with it; for a graph use one of SGD, Adam")
	}
	return "", fmt.Errorf("unknown optimizer %q: one of SGD, Adam", name)
}

// Slots returns the suffixes of the state that the optimizer keeps for each
// parameter. What LBFGS remembers is not by parameter.
func (o Optimizer) Slots() []string {
	switch {
	case o.Kind == LBFGS:
		return nil
	case o.Kind == Adam:
		return []string{".exp_avg", ".exp_avg_sq"}
	case o.Momentum != 0:
		return []string{".momentum"}
	}
	return nil
}

// Check reports settings that make no sense.
func (o Optimizer) Check() error {
	if !(o.Momentum >= 0 && o.Momentum < 1) {
		return fmt.Errorf("momentum must lie in [0, 1), not %g", o.Momentum)
	}
	if !(o.WeightDecay >= 0) || math.IsInf(o.WeightDecay, 1) {
		return fmt.Errorf("weight decay must be 0 or a positive number, not %g", o.WeightDecay)
	}
	if o.Kind == LBFGS && o.History < 1 {
		return fmt.Errorf("the history of LBFGS must be at least 1 iteration, not %d", o.History)
	}
	return nil
}

// update is how a step turns gradients into updates.
type update struct {
	// factor multiplies all gradients from the start.
	factor string
	// apply returns a parameter's next value and those of its slots, in the
	// order of Slots, given its gradient times factor.
	apply func(p, grad string, slots []string) (string, []string)
	// carried are further values that the update needs from step to step.
	carried []carriedValue
}

// carriedValue is a tensor that starts as value and becomes next.
type carriedValue struct {
	value *graphs.Tensor
	next  string
}

// newUpdate spells the rule out as it is defined.
func (o Optimizer) newUpdate(b *graphs.Builder, lr, t string) update {
	switch o.Kind {
	case Adam:
		return o.adam(b, lr, t)
	case LBFGS:
		b.Failf("no graph has a step of %s", LBFGS)
	}
	return update{factor: b.Scalar(graphs.Float32, 1), apply: func(p, grad string, slots []string) (string, []string) {
		v := o.decayed(b, p, grad)
		if len(slots) > 0 {
			v = b.Add(b.Scale(slots[0], o.Momentum), v)
		}
		return b.Sub(p, b.Mul(lr, v)), slices.Repeat([]string{v}, len(slots))
	}}
}

// adam computes the bias corrections once for all parameters, in double, since
// 1 − β₂ᵗ is small at first.
func (o Optimizer) adam(b *graphs.Builder, lr, t string) update {
	steps := b.Cast(t, graphs.Float64)
	correction := func(beta float64) string {
		return b.Sub(b.Scalar(graphs.Float64, 1), b.Pow(b.Scalar(graphs.Float64, beta), steps))
	}
	rate := b.Cast(b.Div(b.Cast(lr, graphs.Float64), correction(AdamBeta1)), graphs.Float32)
	root := b.Cast(b.Sqrt(correction(AdamBeta2)), graphs.Float32)
	return update{factor: b.Scalar(graphs.Float32, 1), apply: func(p, grad string, slots []string) (string, []string) {
		grad = o.decayed(b, p, grad)
		m := b.Add(b.Scale(slots[0], AdamBeta1), b.Scale(grad, 1-AdamBeta1))
		s := b.Add(b.Scale(slots[1], AdamBeta2), b.Scale(b.Square(grad), 1-AdamBeta2))
		denominator := b.Shift(b.Div(b.Sqrt(s), root), AdamEpsilon)
		return b.Sub(p, b.Mul(rate, b.Div(m, denominator))), []string{m, s}
	}}
}

// decayed is the gradient with the decay added.
func (o Optimizer) decayed(b *graphs.Builder, p, grad string) string {
	if o.WeightDecay == 0 {
		return grad
	}
	return b.Add(grad, b.Scale(p, o.WeightDecay))
}
