package search

import "math"

// medianRule stops a trial whose best loss so far is above the median, over the
// trials that have finished, of their losses at the same epoch (Golovin et al.,
// "Google Vizier", KDD 2017, as Optuna's MedianPruner has it).
type medianRule struct {
	o        SchedulerOptions
	losses   map[int]map[int]float64 // by trial and epoch
	best     map[int]float64         // by trial
	finished map[int]bool
}

var _ Scheduler = (*medianRule)(nil)

func newMedianRule(o SchedulerOptions) *medianRule {
	return &medianRule{o, map[int]map[int]float64{}, map[int]float64{}, map[int]bool{}}
}

// Report compares the trial with the finished ones.
func (m *medianRule) Report(trial, epoch int, loss float64) bool {
	if math.IsNaN(loss) {
		loss = math.Inf(1)
	}
	if m.losses[trial] == nil {
		m.losses[trial], m.best[trial] = map[int]float64{}, math.Inf(1)
	}
	m.losses[trial][epoch] = loss
	m.best[trial] = min(m.best[trial], loss)
	if epoch < m.o.MinEpochs || len(m.finished) < m.o.Startup {
		return false
	}
	var others []float64
	for t := range m.finished {
		if v, ok := m.losses[t][epoch]; ok && t != trial {
			others = append(others, v)
		}
	}
	return len(others) > 0 && m.best[trial] > quantile(others, 0.5)
}

// Finish adds the trial to those that others are compared with.
func (m *medianRule) Finish(trial int) { m.finished[trial] = true }
