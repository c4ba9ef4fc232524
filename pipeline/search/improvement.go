package search

import (
	"math"
	"slices"

	"github.com/memdil/memdil/random"
)

// How the expected improvement is maximised: of random points and points near
// the best trials, the best are moved about in ever smaller steps.
const (
	eiRandom = 400
	eiNear   = 100
	eiStarts = 4
	eiRounds = 12
	eiMoves  = 12
)

// scored is a point with its expected improvement.
type scored struct {
	point Point
	score float64
}

// maximise returns the point with the largest expected improvement over best.
// known is in order of loss.
func (g gpSampler) maximise(n int, m *process, best float64, known []Observation) Point {
	draws := g.draws(n)
	score := func(p Point) scored {
		p = g.space.snap(p)
		mean, sd := m.predict(g.features(p))
		return scored{p, logImprovement(best-mean, sd)}
	}
	var found []scored
	for c := range eiRandom {
		s := draws.Sub(uint64(c))
		p := make(Point, len(g.space))
		for i := range p {
			p[i] = s.Float64(uint64(i))
		}
		found = append(found, score(p))
	}
	for c := range eiNear {
		s := draws.Sub(uint64(eiRandom + c))
		found = append(found, score(g.space.moved(known[c%min(5, len(known))].Point, 0.1, s)))
	}
	slices.SortStableFunc(found, func(a, b scored) int { return compare(b.score, a.score) })
	top := found[0]
	for c, start := range found[:eiStarts] {
		for round := range eiRounds {
			step := 0.1 * math.Pow(0.6, float64(round))
			for move := range eiMoves {
				s := draws.Sub(uint64(1<<20 + (c*eiRounds+round)*eiMoves + move))
				if near := score(g.space.moved(start.point, step, s)); near.score > start.score {
					start = near
				}
			}
		}
		if start.score > top.score {
			top = start
		}
	}
	return g.space.tidy(top.point)
}

// moved returns a point near p: every coordinate moves by a normal step, or one
// alone, whichever the draw says. Choices are now and then made anew, inactive
// coordinates always.
func (s Space) moved(p Point, step float64, draws random.Stream) Point {
	q := slices.Clone(p)
	only := -1
	if draws.Float64(0) < 0.5 {
		only = draws.IntN(1, len(p))
	}
	for i := range q {
		k := uint64(2*i + 2)
		switch {
		case math.IsNaN(q[i]):
			q[i] = draws.Float64(k)
		case only >= 0 && only != i:
		case s[i].Kind != Choice:
			q[i] = mirrored(q[i] + step*draws.Normal(k))
		case draws.Float64(k+1) < 0.3:
			q[i] = draws.Float64(k)
		}
	}
	return q
}

// mirrored reflects a coordinate that left [0, 1] at its end.
func mirrored(u float64) float64 {
	if u < 0 {
		u = -u
	}
	if u > 1 {
		u = 2 - u
	}
	return min(max(u, 0), 1)
}

// snap moves whole numbers and choices to the middle of their cells, and makes
// inactive coordinates NaN.
func (s Space) snap(p Point) Point {
	if slices.ContainsFunc(s, func(q Param) bool { return q.Kind == Choice || q.whole() || len(q.When) > 0 }) {
		return s.tidy(p)
	}
	return p
}

// logImprovement is the logarithm of the expected improvement
//
//	σ (z Φ(z) + φ(z)),  z = gain/σ
//
// of a normal gain, by its asymptote where the sum would cancel.
func logImprovement(gain, sd float64) float64 {
	z := gain / sd
	if z < -6 {
		return math.Log(sd) - z*z/2 - math.Log(math.Sqrt(2*math.Pi)) - 2*math.Log(-z)
	}
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return math.Log(sd * (z*phi(z) + density))
}
