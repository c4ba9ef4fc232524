package theory

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// LossKind names one of the losses of the experiments.
type LossKind int

// The losses, docs/formulas.md 4.
const (
	CrossEntropy    LossKind = iota
	LabelSmoothing           // targets 1 − α + α/K and α/K
	LabelRelaxation          // target 1 − α; without loss where the label has more
)

// Loss is a loss of the logits of one sample.
type Loss struct {
	Kind  LossKind
	Alpha float64 // α of the latter two, in (0, 1)
}

// String returns the name that the loss has in reports, "LS 0.1".
func (l Loss) String() string {
	switch l.Kind {
	case LabelSmoothing:
		return fmt.Sprintf("LS %v", l.Alpha)
	case LabelRelaxation:
		return fmt.Sprintf("LR %v", l.Alpha)
	default:
		return "CrossEntropy"
	}
}

func (l Loss) check(classes int) error {
	if l.Kind < CrossEntropy || l.Kind > LabelRelaxation {
		return fmt.Errorf("theory: no loss of kind %d", l.Kind)
	}
	if l.Kind != CrossEntropy && !(l.Alpha > 0 && l.target(classes) > 1/float64(classes)) {
		return fmt.Errorf("theory: %v for %d classes: α must be above 0 and leave the label more than the others", l, classes)
	}
	return nil
}

// target is the probability q_y that the label is to have among K classes: the
// loss falls in the label's logit up to p_y = q_y.
func (l Loss) target(classes int) float64 {
	switch l.Kind {
	case LabelSmoothing:
		return 1 - l.Alpha + l.Alpha/float64(classes)
	case LabelRelaxation:
		return 1 - l.Alpha
	default:
		return 1
	}
}

// odds is the part of the loss that depends on the label's log-odds
// t = log p_y/(1−p_y) alone, and its derivative: −log p_y; for label relaxation
//
//	(1−α) log((1−α)/p_y) + α log(α/(1−p_y)) for p_y ≤ 1−α, 0 above.
func (l Loss) odds(t float64) (value, slope float64) {
	e := math.Exp(-math.Abs(t))
	surprise, p := math.Log1p(e)+max(-t, 0), 1/(1+e) // −log p_y and p_y
	if t < 0 {
		p = e / (1 + e)
	}
	if l.Kind != LabelRelaxation {
		return surprise, p - 1
	}
	a := l.Alpha
	if p >= 1-a {
		return 0, 0
	}
	return (1-a)*(math.Log(1-a)+surprise) + a*(math.Log(a)+surprise+t), p - (1 - a)
}

// linear is the weight of Σ_j (z_y − z_j) in the loss: label smoothing is cross
// entropy and a price on how far the label's logit stands out.
func (l Loss) linear(classes int) float64 {
	if l.Kind == LabelSmoothing {
		return l.Alpha / float64(classes)
	}
	return 0
}

// margin is the loss of a sample whose label's logit exceeds all K−1 others by
// g, and its derivative. It is convex in g.
func (l Loss) margin(classes int, g float64) (value, slope float64) {
	others := float64(classes - 1)
	value, slope = l.odds(g - math.Log(others))
	price := l.linear(classes) * others
	return value + price*g, slope + price
}

// sample is the loss of logits z with label y; grad (K) becomes its gradient.
func (l Loss) sample(z []float64, y int, grad []float64) float64 {
	k := len(z)
	copy(grad, z)
	grad[y] = math.Inf(-1)
	rest := floats.LogSumExp(grad)
	value, slope := l.odds(z[y] - rest)
	price := l.linear(k)
	for j := range grad {
		if j != y {
			grad[j] = -slope*math.Exp(z[j]-rest) - price
			value += price * (z[y] - z[j])
		}
	}
	grad[y] = slope + price*float64(k-1)
	return value
}

func logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }
