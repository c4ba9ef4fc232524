package search

import "fmt"

// SchedulerKind names a scheduler.
type SchedulerKind string

// The schedulers.
const (
	NoScheduler SchedulerKind = "none"
	Median      SchedulerKind = "median"    // stops what is worse than the median
	ASHA        SchedulerKind = "asha"      // asynchronous successive halving
	Hyperband   SchedulerKind = "hyperband" // ASHA from several first rungs
)

// SchedulerKinds lists the schedulers.
func SchedulerKinds() []SchedulerKind { return []SchedulerKind{NoScheduler, Median, ASHA, Hyperband} }

// Scheduler decides which trials to give up. It learns of every epoch of every
// trial, in whatever order they happen.
type Scheduler interface {
	// Report tells the loss of a trial, by its number, after an epoch, counted
	// from 1, and returns whether to stop the trial. A trial's epochs come in
	// order. NaN is worse than every number.
	Report(trial, epoch int, loss float64) (stop bool)
	// Finish tells that a trial has ended by itself.
	Finish(trial int)
}

// SchedulerOptions are those of a scheduler.
type SchedulerOptions struct {
	Epochs    int    // of a trial that is not stopped
	MinEpochs int    // epochs before which no trial is stopped; 0 means 1
	Reduction int    // 1 of so many trials passes a rung; 0 means 4, of Hyperband 3
	Startup   int    // finished trials before the median rule holds; 0 means 5
	Seed      uint64 // of Hyperband's draws
}

// NewScheduler returns a scheduler. It panics when there is no such kind.
func NewScheduler(kind SchedulerKind, o SchedulerOptions) Scheduler {
	o.MinEpochs = max(o.MinEpochs, 1)
	if o.Startup == 0 {
		o.Startup = 5
	}
	switch kind {
	case NoScheduler:
		return never{}
	case Median:
		return newMedianRule(o)
	case ASHA:
		if o.Reduction == 0 {
			o.Reduction = 4
		}
		return newHalving(o.MinEpochs, o.Reduction, o.Epochs)
	case Hyperband:
		if o.Reduction == 0 {
			o.Reduction = 3
		}
		return newHyperband(o)
	}
	panic(fmt.Sprintf("search: no such scheduler: %q", kind))
}

// never stops nothing.
type never struct{}

var _ Scheduler = never{}

// Report returns false.
func (never) Report(int, int, float64) bool { return false }

// Finish does nothing.
func (never) Finish(int) {}
