package study

import (
	"math"
	"path/filepath"
	"slices"

	"github.com/memdil/memdil/pipeline/search"
)

// books are what a runner knows of a cell.
type books struct {
	ended     int // trials with a result
	done      []search.Observation
	sampler   search.Sampler   // nil without a search
	scheduler search.Scheduler // likewise
	best      *Result
}

// openBooks books what has ended so far.
func (r *runner) openBooks() error {
	for i := range r.plan.Cells {
		b := &books{}
		if s := r.plan.Search; s != nil {
			c := &r.plan.Cells[i]
			o := s.Options
			o.Epochs, o.Seed = r.plan.epochs(c), s.Seed
			b.sampler = search.NewSampler(s.Sampler, c.Space, s.Seed)
			b.scheduler = search.NewScheduler(s.Scheduler, o)
		}
		r.books = append(r.books, b)
	}
	return r.bookNew()
}

// bookNew takes in results that are new to the books, in the order in which the
// trials ended.
func (r *runner) bookNew() error {
	var fresh []Result
	for _, res := range r.contents.Results {
		if !res.booked && res.Cell >= 0 && res.Cell < len(r.books) {
			fresh = append(fresh, res)
		}
	}
	slices.SortFunc(fresh, func(a, b Result) int { return a.Ended.Compare(b.Ended) })
	for _, res := range fresh {
		if err := r.book(res, true); err != nil {
			return err
		}
	}
	return nil
}

// book takes in a result. replay says that the scheduler has not seen its
// epochs.
func (r *runner) book(res Result, replay bool) error {
	res.booked = true
	r.contents.Results[res.ID] = res
	b := r.books[res.Cell]
	b.ended++
	if b.sampler == nil {
		return nil
	}
	if loss, ok := r.plan.Search.observed(res); ok {
		if p, err := r.plan.Cells[res.Cell].Space.Encode(res.Params); err == nil {
			b.done = append(b.done, search.Observation{Point: p, Loss: loss})
		}
	}
	if r.plan.Search.better(res, b.best) {
		b.best = &res
	}
	if replay && r.plan.Search.Scheduler != search.NoScheduler {
		records, err := readRecords(filepath.Join(r.dir, TrialsDir, res.ID))
		if err != nil {
			return err
		}
		for _, rec := range records {
			b.scheduler.Report(res.Index, rec.epoch(), r.plan.Search.lossOf(rec))
		}
	}
	if res.State == Finished {
		b.scheduler.Finish(res.Index)
	}
	return nil
}

// observed returns the loss that a sampler learns from a result; ok is false for
// a trial whose end says nothing about its setting.
func (s *Search) observed(r Result) (loss float64, ok bool) {
	switch {
	case r.State == Failed && (r.Failure == "lost" || r.Failure == "cancelled" || r.Failure == "error"):
		return 0, false
	case r.State == Failed || r.Value == nil:
		return math.NaN(), true
	}
	return s.Objective.loss(*r.Value), true
}

// better reports whether a result is better than the best so far, which may be
// nil. Only trials that ran to their end can be the best.
func (s *Search) better(r Result, best *Result) bool {
	if r.State != Finished || r.Value == nil {
		return false
	}
	if best == nil {
		return true
	}
	a, b := s.Objective.loss(*r.Value), s.Objective.loss(*best.Value)
	return a < b || a == b && r.Number < best.Number
}

// lossOf returns an epoch's loss for the scheduler.
func (s *Search) lossOf(r record) float64 { return s.Objective.loss(r.get(s.Objective.Name)) }

// epochs is how many epochs the trials of a cell have.
func (p *Plan) epochs(c *Cell) int {
	e, err := experiment(p.Settings(c, nil))
	if err != nil {
		return 1 // which was checked before
	}
	return e.Epochs
}
