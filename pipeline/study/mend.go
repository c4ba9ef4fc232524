package study

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// A study outlives damage to its files: what can be made anew is, what cannot is
// put aside, never deleted, and done again. Each time a warning names the file.

// mendTrial makes the damaged or lost trial.json of trial number n anew, which
// follows from the study's file. What a sampler that learns has drawn does not:
// where the trial has begun with it, its folder is put aside, no trial is
// returned, and another is drawn.
func (r *runner) mendTrial(n int, damage error) (Trial, error) {
	dir := filepath.Join(r.dir, TrialsDir, trialID(n))
	if n < 0 || n >= r.plan.Trials() {
		return Trial{}, fmt.Errorf("%w; the study has no such trial, so move its folder away", damage)
	}
	if s := r.plan.Search; s == nil || !s.Sampler.Learns() || !files.Exists(filepath.Join(dir, runfolder.ExperimentFile)) {
		t := r.propose(n)
		return t, r.rewrite(t, damage)
	}
	aside, err := os.MkdirTemp(filepath.Dir(dir), ".damaged-"+trialID(n)+"-")
	if err == nil {
		err = os.Rename(dir, filepath.Join(aside, trialID(n)))
	}
	if err != nil {
		return Trial{}, fmt.Errorf("%w; its folder cannot be put aside: %w", damage, err)
	}
	r.log.Warn(fmt.Sprintf("%v; its folder is now %s, and another trial is drawn", damage, filepath.Join(aside, trialID(n))))
	r.contents.Open = slices.DeleteFunc(r.contents.Open, func(id string) bool { return id == trialID(n) })
	r.next = min(r.next, n)
	return Trial{}, nil
}

// rewrite writes a trial's file anew.
func (r *runner) rewrite(t Trial, damage error) error {
	path := filepath.Join(t.dir(r.dir), TrialFile)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if err := os.Remove(path); err != nil { // which an empty folder lets be done
			return fmt.Errorf("%w; move it away: %w", damage, err)
		}
	}
	if err := files.WriteJSON(path, t); err != nil {
		return fmt.Errorf("%w; it cannot be made anew: %w", damage, err)
	}
	r.log.Warn(fmt.Sprintf("%v; it was made anew from the study's file", damage))
	return nil
}

// mendResults lets trials whose results are damaged run again: what they have
// trained is there.
func (r *runner) mendResults() error {
	var errs []error
	for _, dir := range r.contents.Damaged {
		errs = append(errs, r.mendResult(dir))
	}
	r.contents.Damaged = nil
	return errors.Join(errs...)
}

// mendResult puts a trial's damaged result aside, unless somebody else has done
// so meanwhile.
func (r *runner) mendResult(dir string) error {
	_, _, err := readResult(dir)
	if !errors.Is(err, errDamaged) {
		return err
	}
	r.log.Warn(fmt.Sprintf("%v; it is put aside, and the trial goes on from what it has trained", err))
	return putAside(dir)
}
