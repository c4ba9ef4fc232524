package search

import (
	"math"

	"github.com/memdil/memdil/random"
)

// hyperband runs several successive halvings side by side (Li et al.,
// "Hyperband", JMLR 2018), the first rung of each η times later than that of
// the one before, so that a search does not rest on first epochs alone. A trial
// belongs to the bracket that its number draws, in proportion to the trials
// that Hyperband gives the brackets: those that stop early take more.
type hyperband struct {
	brackets []*halving
	shares   []float64 // cumulative, the last is 1
	stream   random.Stream
}

var _ Scheduler = (*hyperband)(nil)

func newHyperband(o SchedulerOptions) *hyperband {
	h := &hyperband{stream: random.New(o.Seed, random.Search, 1)}
	most := 0 // rungs of the first bracket
	for e := o.MinEpochs; e < o.Epochs; e *= o.Reduction {
		most++
	}
	first, total := o.MinEpochs, 0.0
	for s := most; s >= 0; s-- {
		h.brackets = append(h.brackets, newHalving(first, o.Reduction, o.Epochs))
		total += math.Ceil(float64(most+1) * math.Pow(float64(o.Reduction), float64(s)) / float64(s+1))
		h.shares = append(h.shares, total)
		first *= o.Reduction
	}
	for i := range h.shares {
		h.shares[i] /= total
	}
	return h
}

// bracket returns the bracket of a trial.
func (h *hyperband) bracket(trial int) *halving {
	u := h.stream.Float64(uint64(trial))
	for i, share := range h.shares {
		if u < share {
			return h.brackets[i]
		}
	}
	return h.brackets[len(h.brackets)-1]
}

// Report asks the trial's bracket.
func (h *hyperband) Report(trial, epoch int, loss float64) bool {
	return h.bracket(trial).Report(trial, epoch, loss)
}

// Finish does nothing: rungs remember.
func (h *hyperband) Finish(int) {}
