package theory

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
)

var losses = []Loss{{Kind: CrossEntropy}, {LabelSmoothing, 0.1}, {LabelSmoothing, 0.3}, {LabelRelaxation, 0.1}, {LabelRelaxation, 0.25}}

// TestSample compares losses with the definitions of docs/formulas.md 4,
// written out, and gradients with differences.
func TestSample(t *testing.T) {
	for _, l := range losses {
		for _, z := range [][]float64{{0.3, -1.2}, {-2, 3}, {1, 0.5, -0.7}, {4, -1, 0.2, 0.1}} {
			for y := range z {
				grad := make([]float64, len(z))
				got := l.sample(z, y, grad)
				if want := defined(l, z, y); !(math.Abs(got-want) <= 1e-12) {
					t.Errorf("%v of %v, label %d: %v, want %v", l, z, y, got, want)
				}
				want := fd.Gradient(nil, func(z []float64) float64 { return l.sample(z, y, make([]float64, len(z))) }, z, &fd.Settings{Formula: fd.Central})
				if !floats.EqualApprox(grad, want, 1e-7) {
					t.Errorf("gradient of %v at %v, label %d: %v, want %v", l, z, y, grad, want)
				}
			}
		}
	}
}

// defined is a loss by its definition.
func defined(l Loss, z []float64, y int) (value float64) {
	p := make([]float64, len(z))
	for j := range z {
		p[j] = math.Exp(z[j] - floats.LogSumExp(z))
	}
	if l.Kind == LabelRelaxation && p[y] > 1-l.Alpha {
		return 0
	}
	for j := range z {
		q := 0.0
		switch {
		case l.Kind == LabelSmoothing:
			q = l.Alpha / float64(len(z))
			if j == y {
				q += 1 - l.Alpha
			}
			value -= q * math.Log(p[j])
			continue
		case l.Kind == LabelRelaxation && j == y:
			q = 1 - l.Alpha
		case l.Kind == LabelRelaxation:
			q = l.Alpha * p[j] / (1 - p[y])
		case j == y:
			q = 1
		}
		if q > 0 {
			value += q * math.Log(q/p[j])
		}
	}
	return value
}

// TestMargin has the label's logit exceed the others by g.
func TestMargin(t *testing.T) {
	for _, l := range losses {
		for _, k := range []int{2, 3, 10} {
			for _, g := range []float64{-3, 0, 0.5, 2, 6} {
				z := make([]float64, k)
				z[1] = g
				value, slope := l.margin(k, g)
				if want := defined(l, z, 1); !(math.Abs(value-want) <= 1e-12) {
					t.Errorf("%v of margin %v among %d: %v, want %v", l, g, k, value, want)
				}
				want := fd.Derivative(func(g float64) float64 { v, _ := l.margin(k, g); return v }, g, &fd.Settings{Formula: fd.Central})
				if !(math.Abs(slope-want) <= 1e-7) {
					t.Errorf("slope of %v at margin %v among %d: %v, want %v", l, g, k, slope, want)
				}
			}
		}
	}
}

// TestSpread compares the trapezoidal rule, and the derivatives with differences.
func TestSpread(t *testing.T) {
	for _, l := range losses {
		near := 1e-11
		if l.Kind == LabelRelaxation {
			near = 1e-7 // the trapezoidal rule's, at the kink
		}
		for _, g := range []float64{-4, 0, 2, 7.6} {
			for _, sigma := range []float64{0, 0.1, 1, 3, 5} {
				value, _, _ := l.spread(g, sigma*sigma)
				const n = 4000
				want := 0.0
				for i := range n { // the trapezoidal rule over ±10, exact for what vanishes at both ends
					z := -10 + 20*float64(i)/n
					v, _ := l.margin(2, g+sigma*z)
					want += v * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * 20 / n
				}
				if !(math.Abs(value-want) <= near*(1+want)) {
					t.Errorf("E %v(%v + %v Z) = %v, want %v", l, g, sigma, value, want)
				}
				at := func(x []float64) float64 { v, _, _ := l.spread(x[0], x[1]); return v }
				d := fd.Gradient(nil, at, []float64{g, sigma*sigma + 1e-2}, &fd.Settings{Formula: fd.Central})
				_, byGap, byVariance := l.spread(g, sigma*sigma+1e-2)
				if !(math.Abs(d[0]-byGap) <= 1e-7) || !(math.Abs(d[1]-byVariance) <= 1e-7) {
					t.Errorf("derivatives of E %v(%v + %v Z): %v, %v, want %v", l, g, sigma, byGap, byVariance, d)
				}
			}
		}
	}
}

func TestLossNames(t *testing.T) {
	for want, l := range map[string]Loss{"CrossEntropy": {}, "LS 0.1": {LabelSmoothing, 0.1}, "LR 0.25": {LabelRelaxation, 0.25}} {
		if got := fmt.Sprint(l); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
