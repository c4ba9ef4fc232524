package search

import (
	"math"
	"slices"
)

// tpeSampler is the tree-structured Parzen estimator of Bergstra et al.,
// "Algorithms for hyper-parameter optimization" (NeurIPS 2011): it splits the
// trials into few good and many other ones, estimates the density of both, l
// and g, over all parameters together, and proposes, of candidates drawn from
// l, the one with the largest l/g. Trials under way count as not good, so that
// a batch spreads.
type tpeSampler struct{ base }

var _ Sampler = tpeSampler{}

// tpeCandidates is how many points are drawn from l. More would search less
// widely: only the very best is taken.
const tpeCandidates = 32

// tpeGood returns how many of n trials count as good.
func tpeGood(n int) int { return min(25, max(2, int(math.Ceil(0.15*float64(n))))) }

// Propose draws the next point.
func (t tpeSampler) Propose(n int, done []Observation, pending []Point) Point {
	if len(done) < t.startup() {
		return t.space.tidy(t.scrambled(n))
	}
	sorted := settled(done)
	slices.SortStableFunc(sorted, func(a, b Observation) int { return compare(a.Loss, b.Loss) })
	good := tpeGood(len(sorted))
	l := newDensity(t.space, pointsOf(sorted[:good]))
	g := newDensity(t.space, append(pointsOf(thinned(sorted[good:])), pending...))
	draws := t.draws(n)
	best, bestScore := Point(nil), math.Inf(-1)
	for c := range tpeCandidates {
		p := t.space.tidy(l.draw(draws.Sub(uint64(c))))
		if score := l.log(p) - g.log(p); best == nil || score > bestScore {
			best, bestScore = p, score
		}
	}
	return best
}

// tpeOthers is how many of the trials that are not good the density g is of: a
// proposal must not take longer and longer.
const tpeOthers = 500

// thinned leaves out every so many of very many observations.
func thinned(o []Observation) []Observation {
	if len(o) <= tpeOthers {
		return o
	}
	out := make([]Observation, tpeOthers)
	for i := range out {
		out[i] = o[i*len(o)/tpeOthers]
	}
	return out
}

func pointsOf(o []Observation) []Point {
	points := make([]Point, len(o))
	for i := range o {
		points[i] = o[i].Point
	}
	return points
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
