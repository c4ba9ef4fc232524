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
	points := make([]Point, 0, len(sorted)+len(pending))
	for _, o := range sorted {
		points = append(points, o.Point)
	}
	l := newDensity(t.space, points[:good])
	g := newDensity(t.space, append(points[good:], pending...))
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

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
