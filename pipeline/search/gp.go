package search

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// gpSampler models the loss as a Gaussian process and proposes the point with
// the largest expected improvement (Jones et al. 1998). Trials under way are
// given the best loss as a constant lie (Ginsbourger et al. 2010), so that a
// batch spreads.
type gpSampler struct{ base }

var _ Sampler = gpSampler{}

// gpLimit is how many trials the process is fitted to: its cost grows with the
// cube of their number.
const gpLimit = 200

// Propose maximises the expected improvement.
func (g gpSampler) Propose(n int, done []Observation, pending []Point) Point {
	if len(done) < g.startup() {
		return g.space.tidy(g.scrambled(n))
	}
	known := g.known(done)
	model := g.fit(known)
	best := math.Inf(1)
	for _, y := range model.y {
		best = min(best, y)
	}
	if len(pending) > 0 {
		for _, p := range pending {
			model.x, model.y = append(model.x, g.features(p)), append(model.y, best)
		}
		model.factorise()
	}
	return g.maximise(n, model, best, known)
}

// known returns the trials that the process is fitted to, in order of loss:
// all, or the better half and the latest.
func (g gpSampler) known(done []Observation) []Observation {
	all := settled(done)
	byLoss := func(a, b Observation) int { return compare(a.Loss, b.Loss) }
	if len(all) > gpLimit {
		older, latest := all[:len(all)-gpLimit/2], all[len(all)-gpLimit/2:]
		slices.SortStableFunc(older, byLoss)
		all = slices.Concat(older[:gpLimit/2], latest)
	}
	slices.SortStableFunc(all, byLoss)
	return all
}

// fit standardises the losses and chooses the process by its posterior.
func (g gpSampler) fit(known []Observation) *process {
	x, y := make([][]float64, len(known)), make([]float64, len(known))
	for i, o := range known {
		x[i], y[i] = g.features(o.Point), o.Loss
	}
	m := &process{x: x, y: standardised(y), groups: g.groups()}
	problem := optimize.Problem{
		Func: func(theta []float64) float64 { return m.at(theta).negLogPosterior() },
		Grad: func(grad, theta []float64) { m.at(theta).gradient(grad) },
	}
	best, bestValue := m.start(0), math.Inf(1)
	for _, logLength := range []float64{0, -1.2} {
		r, err := optimize.Minimize(problem, m.start(logLength), &optimize.Settings{MajorIterations: 25, FuncEvaluations: 50}, &optimize.LBFGS{})
		if r != nil && r.F < bestValue { // an error of the line search leaves the best point so far
			best, bestValue = slices.Clone(r.X), r.F
		}
		_ = err
	}
	m.at(best)
	return m
}

// standardised returns losses with mean 0 and variance 1; outliers far above
// the median, whose exact value tells nothing about the optimum, are pulled in.
func standardised(y []float64) []float64 {
	sorted := slices.Sorted(slices.Values(y))
	median, low := sorted[len(sorted)/2], sorted[0]
	limit := median + 2*(median-low)
	out, n := make([]float64, len(y)), float64(len(y))
	mean, variance := 0.0, 0.0
	for i, v := range y {
		if out[i] = v; v > limit {
			out[i] = limit
		}
		mean += out[i] / n
	}
	for _, v := range out {
		variance += (v - mean) * (v - mean) / n
	}
	scale := math.Sqrt(variance)
	if scale == 0 {
		scale = 1
	}
	for i := range out {
		out[i] = (out[i] - mean) / scale
	}
	return out
}

// features returns what the kernel compares: a coordinate, or a one-hot vector
// of a choice; inactive parameters lie in the middle.
func (g gpSampler) features(p Point) []float64 {
	var f []float64
	for i, param := range g.space {
		if param.Kind != Choice {
			if math.IsNaN(p[i]) {
				f = append(f, 0.5)
			} else {
				f = append(f, p[i])
			}
			continue
		}
		for _, u := range middles(len(param.Choices)) {
			switch {
			case math.IsNaN(p[i]):
				f = append(f, 0)
			case math.Abs(u-p[i]) < 0.5/float64(len(param.Choices)):
				f = append(f, math.Sqrt2/2)
			default:
				f = append(f, 0)
			}
		}
	}
	return f
}

// groups tells for each feature which parameter it belongs to.
func (g gpSampler) groups() []int {
	var groups []int
	for i, param := range g.space {
		for range max(1, len(param.Choices)) {
			groups = append(groups, i)
		}
	}
	return groups
}
