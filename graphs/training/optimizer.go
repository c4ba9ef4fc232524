package training

import (
	"fmt"
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
)

// Adam's constants.
const (
	AdamBeta1   = 0.9
	AdamBeta2   = 0.999
	AdamEpsilon = 1e-8
)

// ParseOptimizerKind reads an optimizer's name, in any case.
func ParseOptimizerKind(name string) (OptimizerKind, error) {
	for _, k := range []OptimizerKind{SGD, Adam} {
		if strings.EqualFold(name, string(k)) {
			return k, nil
		}
	}
	return "", fmt.Errorf("unknown optimizer %q: one of SGD, Adam", name)
}

// Slots returns the suffixes of the state that the optimizer keeps for each
// parameter.
func (o Optimizer) Slots() []string {
	switch {
	case o.Kind == Adam:
		return []string{".exp_avg", ".exp_avg_sq"}
	case o.Momentum != 0:
		return []string{".momentum"}
	}
	return nil
}

// Check reports settings that make no sense.
func (o Optimizer) Check() error {
	if o.Momentum < 0 || o.Momentum >= 1 {
		return fmt.Errorf("momentum must lie in [0, 1), not %g", o.Momentum)
	}
	if o.WeightDecay < 0 {
		return fmt.Errorf("weight decay must not be negative, not %g", o.WeightDecay)
	}
	return nil
}

// update appends one parameter's update and returns its new value and slots.
type update struct {
	b    *graphs.Builder
	lr   string // learning rate, float32 scalar
	rate string // Adam: lr/(1 − β₁ᵗ)
	root string // Adam: √(1 − β₂ᵗ)
}

// newUpdate appends what all parameters share: Adam's bias corrections, in
// double, since 1 − β₂ᵗ is small at first.
func (o Optimizer) newUpdate(b *graphs.Builder, lr, t string) update {
	u := update{b: b, lr: lr}
	if o.Kind == Adam {
		steps := b.Cast(t, graphs.Float64)
		correction := func(beta float64) string {
			return b.Sub(b.Scalar(graphs.Float64, 1), b.Pow(b.Scalar(graphs.Float64, beta), steps))
		}
		u.rate = b.Cast(b.Div(b.Cast(lr, graphs.Float64), correction(AdamBeta1)), graphs.Float32)
		u.root = b.Cast(b.Sqrt(correction(AdamBeta2)), graphs.Float32)
	}
	return u
}

// apply returns the parameter's next value and the next values of its slots,
// in the order of Slots.
func (o Optimizer) apply(u update, p, grad string, slots []string) (string, []string) {
	b := u.b
	if o.WeightDecay != 0 {
		grad = b.Add(grad, b.Scale(p, o.WeightDecay))
	}
	if o.Kind == Adam {
		m := b.Add(b.Scale(slots[0], AdamBeta1), b.Scale(grad, 1-AdamBeta1))
		s := b.Add(b.Scale(slots[1], AdamBeta2), b.Scale(b.Square(grad), 1-AdamBeta2))
		denominator := b.Shift(b.Div(b.Sqrt(s), u.root), AdamEpsilon)
		return b.Sub(p, b.Mul(u.rate, b.Div(m, denominator))), []string{m, s}
	}
	if len(slots) == 0 {
		return b.Sub(p, b.Mul(u.lr, grad)), nil
	}
	v := b.Add(b.Scale(slots[0], o.Momentum), grad)
	return b.Sub(p, b.Mul(u.lr, v)), []string{v}
}
