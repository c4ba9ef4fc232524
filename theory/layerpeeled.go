package theory

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// LayerPeeled is the layer-peeled model with features that are not negative:
// of a network only the classifier W (K×d), b (K) is left, and the features
// h_i ≥ 0 of the N = K·n samples, n of each class, are free,
//
//	min  1/N Σ_i ℓ(W h_i + b, y_i) + λ_W/2 ‖W‖² + λ_b/2 ‖b‖² + λ_H/2 · 1/N Σ_i ‖h_i‖²
//	over W, b and h_i ≥ 0.
//
// Penalties are on means over the samples, so that minimisers do not depend on
// n. A label counts as given: corrupted samples are samples of their label.
type LayerPeeled struct {
	Classes  int // K, at least 2
	Dim      int // d, at least K
	PerClass int // n, at least 1
	Loss     Loss
	// LambdaW and LambdaH are λ_W and λ_H, above 0; LambdaB is λ_b, 0 for a bias
	// that costs nothing. NoBias holds b at 0.
	LambdaW, LambdaH, LambdaB float64
	NoBias                    bool
	Starts                    int    // of the search; 0 is 8
	Seed                      uint64 // of the starts
}

// Peeled is a minimiser of a [LayerPeeled] problem.
type Peeled struct {
	Weight   []float64 // W, K×d row-major
	Bias     []float64 // b, K
	Features []float64 // h_i, N×d row-major
	Labels   []int     // y_i, N
	Value    float64   // of the objective
	Residual float64   // of the conditions of Karush, Kuhn and Tucker
	Starts   int       // of the search
	Agree    int       // of them that ended at this value
}

// Frame is the shape of the minimisers of a [LayerPeeled] problem: with
// orthonormal e_k ≥ 0, every feature of class k is Norm·e_k, and row k of W is
// Weight·(e_k − ē), ē the mean of the e_k. All have it, except for K = 2 with a
// bias that costs nothing: there the norms may differ, Norm is their root mean
// square, and the bias makes up for it.
type Frame struct {
	Gap    float64 // g = Norm·Weight, by which a label's logit exceeds the others
	Norm   float64 // ‖h_i‖
	Weight float64
	Value  float64 // of the objective
}

// Distance is that of two class means, √2 Norm, for K = 2 whatever their norms.
func (f Frame) Distance() float64 { return math.Sqrt2 * f.Norm }

func (p LayerPeeled) check() error {
	switch {
	case p.Classes < 2 || p.Dim < p.Classes || p.PerClass < 1:
		return fmt.Errorf("theory: %d classes in %d dimensions, %d samples each: want K ≥ 2, d ≥ K, n ≥ 1", p.Classes, p.Dim, p.PerClass)
	case !(p.LambdaW > 0) || !(p.LambdaH > 0) || !(p.LambdaB >= 0):
		return fmt.Errorf("theory: penalties λ_W = %v, λ_H = %v, λ_b = %v: the first two must be above 0, else no minimum is finite", p.LambdaW, p.LambdaH, p.LambdaB)
	}
	return p.Loss.check(p.Classes)
}

// Frame returns the minimisers' shape in closed form. By the proposition of docs/theory.md
// the problem is that of the gap alone,
//
//	min over g ≥ 0 of  ℓ(g) + c g,   c = √(λ_W λ_H (K−1)),
//
// with ℓ(g) the loss of a sample whose label's logit exceeds the others by g,
// whose derivative is p_y − q_y: the label gets the probability q_y − c. Where
// that is no more than 1/K, all is 0.
func (p LayerPeeled) Frame() (Frame, error) {
	if err := p.check(); err != nil {
		return Frame{}, err
	}
	others := float64(p.Classes - 1)
	price := math.Sqrt(p.LambdaW * p.LambdaH * others)
	var f Frame
	if prob := p.Loss.target(p.Classes) - price; prob > 1/float64(p.Classes) {
		f.Gap = logit(prob) + math.Log(others)
		f.Norm = math.Sqrt(f.Gap * math.Sqrt(p.LambdaW*others/p.LambdaH))
		f.Weight = f.Gap / f.Norm
	}
	loss, _ := p.Loss.margin(p.Classes, f.Gap)
	f.Value = loss + price*f.Gap
	return f, nil
}

// OneSided returns the other local minimum of two classes with a bias: one lies
// at the origin, where the bias alone tells it apart, and the other at √2 Norm
// from it. The latter's gap is that of [LayerPeeled.Frame], the former's is what
// the bias costs smaller and minimises
//
//	ℓ(g) + c g + λ_b/2 g²;
//
// Gap is their mean. For λ_b = 0 it is one of the minimisers. It panics for
// K ≠ 2 and without a bias.
func (p LayerPeeled) OneSided() (Frame, error) {
	if p.Classes != 2 || p.NoBias {
		panic("theory: OneSided is of two classes with a bias")
	}
	frame, err := p.Frame()
	if err != nil {
		return Frame{}, err
	}
	price := math.Sqrt(p.LambdaW * p.LambdaH)
	low, high := 0.0, frame.Gap
	for range 100 {
		middle := (low + high) / 2
		if _, slope := p.Loss.margin(2, middle); slope+price+p.LambdaB*middle < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	f := Frame{Gap: (frame.Gap + low) / 2}
	f.Norm = math.Sqrt(f.Gap * math.Sqrt(p.LambdaW/p.LambdaH))
	if f.Norm > 0 {
		f.Weight = f.Gap / f.Norm
	}
	loss, _ := p.Loss.margin(2, low)
	f.Value = (frame.Value + loss + price*low + p.LambdaB/2*low*low) / 2
	return f, nil
}

// Solve searches a minimiser without use of [LayerPeeled.Frame]. It wraps
// [ErrNotConverged] where the search did not end at a minimum.
func (p LayerPeeled) Solve() (*Peeled, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.Starts == 0 {
		p.Starts = defaultStarts
	}
	o := p.objective()
	var all []solution
	for s := range p.Starts {
		start := startOf(p.Seed, s, o.free, o.free+p.samples()*p.Dim)
		if _, b, _ := p.split(start); p.NoBias {
			clear(b)
		}
		all = append(all, o.minimise(start))
	}
	found, agree, err := best(all)
	if err != nil {
		return nil, err
	}
	w, b, h := p.split(found.v)
	return &Peeled{
		Weight: w, Bias: b, Features: h, Labels: p.labels(),
		Value: found.value, Residual: found.residual, Starts: p.Starts, Agree: agree,
	}, nil
}

func (p LayerPeeled) samples() int { return p.Classes * p.PerClass }

func (p LayerPeeled) labels() []int {
	labels := make([]int, p.samples())
	for i := range labels {
		labels[i] = i / p.PerClass
	}
	return labels
}

// split returns the parts of the variables: W, b and the features.
func (p LayerPeeled) split(v []float64) (w, b, h []float64) {
	kd := p.Classes * p.Dim
	return v[:kd], v[kd : kd+p.Classes], v[kd+p.Classes:]
}

func (p LayerPeeled) objective() objective {
	labels, n := p.labels(), float64(p.samples())
	z, dz := make([]float64, p.Classes), make([]float64, p.Classes)
	at := func(v, grad []float64) float64 {
		w, b, h := p.split(v)
		dw, db, dh := p.split(grad)
		value := penalty(w, p.LambdaW, dw) + penalty(b, p.LambdaB, db) + penalty(h, p.LambdaH/n, dh)
		for i, y := range labels {
			hi, dhi := h[i*p.Dim:(i+1)*p.Dim], dh[i*p.Dim:(i+1)*p.Dim]
			for k := range z {
				z[k] = floats.Dot(w[k*p.Dim:(k+1)*p.Dim], hi) + b[k]
			}
			value += p.Loss.sample(z, y, dz) / n
			for k, g := range dz {
				g /= n
				db[k] += g
				floats.AddScaled(dw[k*p.Dim:(k+1)*p.Dim], g, hi)
				floats.AddScaled(dhi, g, w[k*p.Dim:(k+1)*p.Dim])
			}
		}
		if p.NoBias {
			clear(db)
		}
		return value
	}
	return objective{free: p.Classes * (p.Dim + 1), at: at}
}

// penalty is λ/2 ‖v‖²; grad becomes its gradient.
func penalty(v []float64, lambda float64, grad []float64) float64 {
	floats.ScaleTo(grad, lambda, v)
	return lambda / 2 * floats.Dot(v, v)
}
