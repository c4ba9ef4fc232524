// Package searchtest measures samplers on functions whose minimum is known.
package searchtest

import (
	"math"
	"slices"

	"github.com/memdil/memdil/pipeline/search"
)

// Function is a function of the unit cube with a known minimum.
type Function struct {
	Name    string
	Dims    int
	Minimum float64
	At      func(u []float64) float64
}

// Space is the cube that the function is of.
func (f Function) Space() search.Space {
	s := make(search.Space, f.Dims)
	for i := range s {
		s[i] = search.Param{Name: string(rune('a' + i)), Kind: search.Uniform, Hi: 1}
	}
	return s
}

// Functions are those of Dixon and Szegö (1978) that samplers are compared on.
func Functions() []Function {
	return []Function{
		{"Branin", 2, 0.39788735772973816, branin},
		{"Hartmann-6", 6, -3.322368011391339, hartmann6},
	}
}

// branin on [−5, 10] × [0, 15].
func branin(u []float64) float64 {
	x, y := 15*u[0]-5, 15*u[1]
	a := y - 5.1/(4*math.Pi*math.Pi)*x*x + 5/math.Pi*x - 6
	return a*a + 10*(1-1/(8*math.Pi))*math.Cos(x) + 10
}

func hartmann6(u []float64) float64 {
	alpha := [4]float64{1, 1.2, 3, 3.2}
	a := [4][6]float64{
		{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14},
		{3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14},
	}
	p := [4][6]float64{
		{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886}, {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
		{0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650}, {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381},
	}
	sum := 0.0
	for i := range alpha {
		inner := 0.0
		for j := range u {
			inner += a[i][j] * (u[j] - p[i][j]) * (u[j] - p[i][j])
		}
		sum -= alpha[i] * math.Exp(-inner)
	}
	return sum
}

// Regret runs a sampler for some trials, one after the other, and returns how
// far the best of them is above the minimum.
func Regret(f Function, kind search.SamplerKind, seed uint64, trials int) float64 {
	space := f.Space()
	sampler := search.NewSampler(kind, space, seed)
	best := math.Inf(1)
	var done []search.Observation
	for n := range trials {
		p := sampler.Propose(n, done, nil)
		loss := f.At(p)
		done, best = append(done, search.Observation{Point: p, Loss: loss}), min(best, loss)
	}
	return best - f.Minimum
}

// Median returns the median.
func Median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
