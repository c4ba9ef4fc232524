package search

import (
	"math"
	"slices"
)

// halving is asynchronous successive halving (Li et al., "A system for massively
// parallel hyperparameter tuning", MLSys 2020), by the rule of Ray Tune's
// ASHAScheduler: rungs lie at the epochs min, min·η, min·η² … below the last. A
// trial that reaches a rung is stopped when its loss is above the 1/η quantile,
// interpolated linearly, of the losses of those that reached it before.
type halving struct {
	rungs []rung // the last first
}

// rung holds the losses of the trials that reached an epoch.
type rung struct {
	epoch  int
	losses map[int]float64 // by trial
	eta    float64
}

var _ Scheduler = (*halving)(nil)

func newHalving(first, eta, epochs int) *halving {
	h := &halving{}
	for e := first; e < epochs; e *= eta {
		h.rungs = append(h.rungs, rung{e, map[int]float64{}, float64(eta)})
	}
	slices.Reverse(h.rungs)
	return h
}

// Report stops a trial at a rung that it reaches among the worse.
func (h *halving) Report(trial, epoch int, loss float64) bool {
	if math.IsNaN(loss) {
		loss = math.Inf(1)
	}
	for _, r := range h.rungs {
		if epoch < r.epoch {
			continue
		}
		if _, passed := r.losses[trial]; passed {
			return false
		}
		stop := len(r.losses) > 0 && loss > r.limit()
		r.losses[trial] = loss
		return stop
	}
	return false
}

// Finish does nothing: rungs remember.
func (h *halving) Finish(int) {}

// limit is the largest loss that passes.
func (r rung) limit() float64 {
	losses := make([]float64, 0, len(r.losses))
	for _, v := range r.losses {
		losses = append(losses, v)
	}
	return quantile(losses, 1/r.eta)
}

// quantile interpolates linearly between order statistics, as numpy's
// percentile does. Values are sorted in place.
func quantile(v []float64, p float64) float64 {
	slices.Sort(v)
	at := p * float64(len(v)-1)
	below := int(at)
	if below+1 >= len(v) || at == float64(below) {
		return v[below]
	}
	if math.IsInf(v[below+1], 1) {
		return v[below+1]
	}
	return v[below] + (at-float64(below))*(v[below+1]-v[below])
}
