package theory

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// Expectations over a standard normal Z are integrals over [−reach, reach],
// beyond which it has a share of 1e−17, by Gauss–Legendre quadrature in panels.
// The integrand's nearest poles lie π/σ off the axis: panels of at most twice
// that length keep errors below 1e−12, up to σ = 47, where there are mostPanels.
const (
	reach      = 8.5
	nodes      = 16
	panel      = 2.8
	mostPanels = 128
)

// rule is the quadrature on one panel of length 1 that starts at 0.
var rule = func() (r struct{ at, weight [nodes]float64 }) {
	quad.Legendre{}.FixedLocations(r.at[:], r.weight[:], 0, 1)
	return r
}()

// spread is E ℓ(g + σZ) of two classes' margin for a variance σ², with its
// derivatives in g and in σ²,
//
//	E ℓ′(g + σZ),   E Z ℓ′(g + σZ) / 2σ.
//
// Label relaxation's kink is an end of the panels.
func (l Loss) spread(g, variance float64) (value, byGap, byVariance float64) {
	if variance == 0 {
		value, byGap = l.margin(2, g)
		return value, byGap, 0
	}
	sigma := math.Sqrt(variance)
	end := reach
	if l.Kind == LabelRelaxation { // no loss from there on
		end = max(-reach, min(reach, (logit(1-l.Alpha)-g)/sigma))
	}
	panels := min(math.Ceil((end+reach)/min(panel, 2*math.Pi/sigma)), mostPanels)
	width := (end + reach) / panels
	for i := range int(panels) {
		from := -reach + float64(i)*width
		for j, t := range rule.at {
			z := from + t*width
			weight := rule.weight[j] * width * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
			v, slope := l.margin(2, g+sigma*z)
			value += weight * v
			byGap += weight * slope
			byVariance += weight * slope * z / (2 * sigma)
		}
	}
	return value, byGap, byVariance
}

// normalBelow is the probability of Z < x.
func normalBelow(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
