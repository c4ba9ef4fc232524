package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/search"
)

// watch reads what the trials of this process have written, and gives up those
// that the scheduler says.
func (r *runner) watch() {
	for _, a := range r.active {
		if err := r.follow(a); err != nil {
			r.log.Warn(err.Error())
		}
	}
}

// follow reads what a trial has written since the last look.
func (r *runner) follow(a *attempt) error {
	s := r.plan.Search
	if s == nil || s.Scheduler == search.NoScheduler || a.trial.Final {
		return nil
	}
	records, err := a.tail.next()
	if err != nil {
		return fmt.Errorf("following trial %s: %w", a.trial.ID, err)
	}
	for _, rec := range records {
		loss := s.lossOf(rec)
		stop := r.books[a.trial.Cell].scheduler.Report(a.trial.Index, rec.epoch(), loss)
		if !stop || a.stopped || rec.epoch() >= a.epochs {
			continue
		}
		reason := fmt.Sprintf("%s gave it up after epoch %d, with %s = %.6g", s.Scheduler, rec.epoch(), s.Objective.Name, rec.get(s.Objective.Name))
		if err := files.Write(filepath.Join(a.dir, StopFile), []byte(reason+"\n")); err != nil {
			return err
		}
		a.stopped = true
	}
	return nil
}

// checkStall ends a trial that has shown no progress for too long.
func (r *runner) checkStall(ctx context.Context, a *attempt) error {
	limit := r.plan.Execute.StallLimit
	if limit == 0 || a.stalled || a.since.IsZero() {
		return nil
	}
	seen := a.since
	for _, name := range []string{progressFile, MetricsFile, TrialFile} {
		if info, err := os.Stat(filepath.Join(a.dir, name)); err == nil && info.ModTime().After(seen) {
			seen = info.ModTime()
		}
	}
	if time.Since(seen) < limit {
		return nil
	}
	a.stalled = true
	r.log.Warn(fmt.Sprintf("trial %s has shown no progress for %s and is ended", a.trial.ID, limit))
	return r.exec.Cancel(ctx, []string{a.claim.Job})
}
