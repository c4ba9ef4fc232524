package theory

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// MemorizationDilation is a model of two classes of which a share p of the
// samples bears the other's label. Clean samples of class k have features about
// h_k, its corrupted (memorized) ones have the feature u_k. The network cannot
// move the latter without moving what is like them: the others spread as it
// memorizes. With S = ‖h_1 − h_2‖/2 and m the mean of ‖h_k − u_k‖ over the
// classes, so that p·m is memorization,
//
//	test samples spread by   R = A + C p m/S   in units of their own class means' distance,
//	clean training samples about h_k by   r′² = C′ S p m,
//
// normal, a share s of the variance along the classifier's direction δ = w_1 − w_2.
// R is tr Σ_W/tr Σ_B; test samples that stray do so between the classes, so that
// their means come closer: tr Σ_W + tr Σ_B stays S². Training minimises
//
//	1/2 Σ_k [ (1−p) E ℓ(±(δ·h_k + β) + √s r′ ‖δ‖ Z) + p ℓ(∓(δ·u_k + β)) ]
//	  + λ_W/4 ‖δ‖² + λ_b/4 β² + λ_H/2 · 1/2 Σ_k [ (1−p) ‖h_k‖² + p ‖u_k‖² ]
//	over δ, β = b_1 − b_2 and h_k, u_k ≥ 0 in d dimensions,
//
// where + and − are of class 1 and 2, ℓ is the loss of the label's margin and Z
// is standard normal. The penalties are those of [LayerPeeled] for the best W
// and b of their differences, w_1 = −w_2 = δ/2.
type MemorizationDilation struct {
	Loss      Loss
	Corrupted float64 // p in [0, 1/2); symmetric noise of degree η over two classes corrupts η/2
	Coupling  Coupling
	// LambdaW, LambdaB and LambdaH as for [LayerPeeled].
	LambdaW, LambdaB, LambdaH float64
	Along                     float64 // s in (0, 1]; 0 is 1. 1/d: the same in all directions
	Dim                       int     // d, at least 2; 0 is 2
	Starts                    int     // of the search; 0 is 8
	Seed                      uint64  // of the starts
}

// Coupling is how memorization dilates.
type Coupling struct {
	Base  float64 // A, the relative dilation of test samples without noise
	Test  float64 // C, how it grows with memorization
	Train float64 // C′, the same of clean training samples
}

// Prediction is a minimiser of a [MemorizationDilation] problem, and what it
// says of the quantities that are measured.
type Prediction struct {
	Separation   float64 // S, half the distance of the class features
	Displacement float64 // m/S: 2 where memorized samples lie with the class of their label; NaN where p = 0
	// Memorization is p·m as package metrics has it, RelativeMemorization p·m/S.
	Memorization, RelativeMemorization float64
	// Dilation is tr Σ_W of test samples, S² R/(1+R), RelativeDilation is R.
	Dilation, RelativeDilation float64
	TrainDilation              float64      // r′²
	TestError                  float64      // share of test samples beyond the classifier's boundary
	Fitted                     float64      // share of the classes whose memorized samples get their label
	Classifier                 []float64    // δ
	Bias                       float64      // β
	Means, Memorized           [2][]float64 // h_k and u_k; the latter nil where p = 0

	Value    float64 // of the objective
	Residual float64 // of the conditions of Karush, Kuhn and Tucker
	Starts   int     // of the search
	Agree    int     // of them that ended at this value
}

// blunt makes ‖h − u‖ differentiable at u = h, where samples lie that are not
// worth memorizing: √(‖h − u‖² + blunt²).
const blunt = 1e-4

func (p MemorizationDilation) check() error {
	c := p.Coupling
	switch {
	case !(p.Corrupted >= 0 && p.Corrupted < 0.5):
		return fmt.Errorf("theory: a share of %v corrupted: want 0 ≤ p < 1/2", p.Corrupted)
	case p.Dim < 2:
		return fmt.Errorf("theory: two classes in %d dimensions: want at least 2", p.Dim)
	case !(p.Along > 0 && p.Along <= 1):
		return fmt.Errorf("theory: a share of %v of the spread along the classifier: want 0 < s ≤ 1", p.Along)
	case !(c.Base >= 0) || !(c.Test >= 0) || !(c.Train >= 0):
		return fmt.Errorf("theory: coupling %+v: nothing in it may be below 0", c)
	case !(p.LambdaW > 0) || !(p.LambdaH > 0) || !(p.LambdaB >= 0):
		return fmt.Errorf("theory: penalties λ_W = %v, λ_H = %v, λ_b = %v: the first two must be above 0, else no minimum is finite", p.LambdaW, p.LambdaH, p.LambdaB)
	}
	return p.Loss.check(2)
}

// Solve searches a minimiser. It wraps [ErrNotConverged] where the search did not
// end at a minimum.
func (p MemorizationDilation) Solve() (*Prediction, error) {
	if p.Along == 0 {
		p.Along = 1
	}
	if p.Dim == 0 {
		p.Dim = 2
	}
	if p.Starts == 0 {
		p.Starts = defaultStarts
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	o := p.objective()
	var all []solution
	for s := range p.Starts {
		all = append(all, o.minimise(p.start(s)))
	}
	found, agree, err := best(all)
	if err != nil {
		return nil, err
	}
	out := p.predict(found.v)
	out.Value, out.Residual, out.Starts, out.Agree = found.value, found.residual, p.Starts, agree
	return out, nil
}

// start draws the features and takes a classifier that tells them apart.
func (p MemorizationDilation) start(s int) []float64 {
	n := 3*p.Dim + 1
	if p.Corrupted > 0 {
		n += 2 * p.Dim
	}
	v := startOf(p.Seed, s, p.Dim+1, n)
	x := p.split(v)
	floats.SubTo(x.delta, x.h[0], x.h[1])
	x.bias[0] = 0
	return v
}

// pair are the variables of a problem, or their derivatives.
type pair struct {
	delta, bias []float64 // d and 1
	h, u        [2][]float64
}

// split returns the parts of the variables; u is nil where p = 0.
func (p MemorizationDilation) split(v []float64) (x pair) {
	d := p.Dim
	x.delta, x.bias, v = v[:d], v[d:d+1], v[d+1:]
	for k := range 2 {
		x.h[k], v = v[:d], v[d:]
	}
	if p.Corrupted > 0 {
		x.u = [2][]float64{v[:d], v[d:]}
	}
	return x
}

func (p MemorizationDilation) objective() objective {
	return objective{free: p.Dim + 1, at: func(v, grad []float64) float64 {
		x, dx := p.split(v), p.split(grad)
		value := penalty(x.delta, p.LambdaW/2, dx.delta) + penalty(x.bias, p.LambdaB/2, dx.bias)
		for k := range 2 {
			value += penalty(x.h[k], p.LambdaH/2*(1-p.Corrupted), dx.h[k])
			if p.Corrupted > 0 {
				value += penalty(x.u[k], p.LambdaH/2*p.Corrupted, dx.u[k])
			}
		}
		variance := p.variance(x)
		var byVariance float64
		for k, sign := range []float64{1, -1} {
			loss, byGap, by := p.Loss.spread(sign*(floats.Dot(x.delta, x.h[k])+x.bias[0]), variance)
			share := (1 - p.Corrupted) / 2
			value += share * loss
			byVariance += share * by
			x.pull(dx, x.h[k], dx.h[k], share*byGap*sign)
			if p.Corrupted > 0 {
				loss, slope := p.Loss.margin(2, -sign*(floats.Dot(x.delta, x.u[k])+x.bias[0]))
				value += p.Corrupted / 2 * loss
				x.pull(dx, x.u[k], dx.u[k], -sign*p.Corrupted/2*slope)
			}
		}
		p.dilate(x, dx, byVariance)
		return value
	}}
}

// pull adds the gradient of scale·(δ·f + β) for a feature f.
func (x pair) pull(dx pair, f, df []float64, scale float64) {
	floats.AddScaled(dx.delta, scale, f)
	floats.AddScaled(df, scale, x.delta)
	dx.bias[0] += scale
}

// distance is that of two features, blunted.
func distance(a, b []float64) float64 { return math.Hypot(floats.Distance(a, b, 2), blunt) }

// separation is S.
func (x pair) separation() float64 { return distance(x.h[0], x.h[1]) / 2 }

// displacement is m.
func (x pair) displacement() float64 {
	return (distance(x.h[0], x.u[0]) + distance(x.h[1], x.u[1])) / 2
}

// variance is s r′² ‖δ‖², that of a clean sample's margin.
func (p MemorizationDilation) variance(x pair) float64 {
	if p.Corrupted == 0 || p.Coupling.Train == 0 {
		return 0
	}
	return p.Along * p.Coupling.Train * p.Corrupted * x.separation() * x.displacement() * floats.Dot(x.delta, x.delta)
}

// dilate adds to dx what the gradient has by the variance.
func (p MemorizationDilation) dilate(x, dx pair, byVariance float64) {
	if p.Corrupted == 0 || p.Coupling.Train == 0 {
		return
	}
	scale := byVariance * p.Along * p.Coupling.Train * p.Corrupted
	s, m, square := x.separation(), x.displacement(), floats.Dot(x.delta, x.delta)
	floats.AddScaled(dx.delta, 2*scale*s*m, x.delta)
	part(x.h[0], x.h[1], dx.h[0], dx.h[1], scale*square*m/2)
	for k := range 2 {
		part(x.h[k], x.u[k], dx.h[k], dx.u[k], scale*square*s/2)
	}
}

// part adds the gradient of scale·‖a − b‖.
func part(a, b, da, db []float64, scale float64) {
	scale /= distance(a, b)
	for j := range a {
		g := scale * (a[j] - b[j])
		da[j] += g
		db[j] -= g
	}
}

// predict says what a minimiser means.
func (p MemorizationDilation) predict(v []float64) *Prediction {
	x := p.split(v)
	out := &Prediction{Classifier: x.delta, Bias: x.bias[0], Means: x.h, Memorized: x.u}
	s := x.separation()
	out.Separation, out.Displacement = s, math.NaN()
	if p.Corrupted > 0 {
		m := x.displacement()
		out.Displacement = m / s
		out.Memorization = p.Corrupted * m
		out.TrainDilation = p.Coupling.Train * s * out.Memorization
	}
	out.RelativeMemorization = out.Memorization / s
	out.RelativeDilation = p.Coupling.Base + p.Coupling.Test*out.RelativeMemorization
	out.Dilation = s * s * out.RelativeDilation / (1 + out.RelativeDilation)
	p.test(x, out)
	return out
}

// test adds what becomes of samples: of test samples, normal about means that
// came closer, and of memorized ones.
func (p MemorizationDilation) test(x pair, out *Prediction) {
	closer := 1 / math.Sqrt(1+out.RelativeDilation)
	deviation := math.Sqrt(p.Along*out.Dilation) * floats.Norm(x.delta, 2)
	middle := floats.Dot(x.delta, x.h[0])/2 + floats.Dot(x.delta, x.h[1])/2
	for k, sign := range []float64{1, -1} {
		mean := middle + closer*(floats.Dot(x.delta, x.h[k])-middle)
		out.TestError += normalBelow(-sign*(mean+x.bias[0])/deviation) / 2
		if p.Corrupted > 0 && -sign*(floats.Dot(x.delta, x.u[k])+x.bias[0]) > 0 {
			out.Fitted += 0.5
		}
	}
}
