package study

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/memdil/memdil/pipeline/executor"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/search"
)

// fill starts trials in the free slots. It returns whether anything is left to
// be run or waited for, beside what this process runs.
func (r *runner) fill(ctx context.Context) (left bool, err error) {
	var batch []*attempt
	for err == nil && len(r.active) < r.slots.concurrency {
		a, more, nextErr := r.nextAttempt()
		left, err = more, nextErr
		if a == nil {
			break
		}
		r.active[a.trial.claim()] = a
		if a.claim.Job == "" {
			batch = append(batch, a)
		}
	}
	if err = errors.Join(err, r.submit(ctx, batch)); err == nil && len(r.active) >= r.slots.concurrency {
		return true, r.prepare() // whether anything is left does not matter yet
	}
	return left, err
}

// prepare makes the next trial's folder while all slots are taken, so that a
// slot that gets free waits less; nobody's, it is found again as one that was
// left. Samplers that learn from every trial propose as late as they can.
func (r *runner) prepare() error {
	if s := r.plan.Search; s != nil && s.Sampler.Learns() || len(r.contents.Open) > len(r.active) {
		return nil
	}
	n := r.nextNumber()
	if n < 0 {
		return nil
	}
	t := r.propose(n)
	made, err := t.publish(r.dir)
	if made {
		r.contents.Open = append(r.contents.Open, t.ID)
	}
	r.next++
	return err
}

// submit hands attempts to the executor.
func (r *runner) submit(ctx context.Context, batch []*attempt) error {
	if len(batch) == 0 {
		return nil
	}
	jobs := make([]executor.Job, len(batch))
	for i, a := range batch {
		jobs[i] = r.job(a)
	}
	handles, err := r.exec.Submit(ctx, jobs)
	for i, a := range batch {
		if i >= len(handles) { // not submitted: free for another try
			delete(r.active, a.trial.claim())
			err = errors.Join(err, r.reg.release(a.trial.claim()))
			continue
		}
		a.claim.Job = handles[i]
		if r.exec.Survives() {
			err = errors.Join(err, r.reg.renew(a.trial.claim(), a.claim))
		}
		r.meter.start()
		r.show(Event{Started: &a.trial, Final: a.trial.Final})
	}
	return err
}

// job is the command of an attempt.
func (r *runner) job(a *attempt) executor.Job {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	env := []string{attemptVariable + "=" + strconv.Itoa(a.claim.Attempt), "GOMAXPROCS=" + strconv.Itoa(r.slots.threads)}
	if !r.exec.Survives() {
		env = append(env, "MEMDIL_CHILD=self") // stops when its standard input closes
	}
	return executor.Job{
		Name: fmt.Sprintf("%s-%d", a.trial.claim(), a.claim.Attempt),
		Argv: append(slices.Clone(r.o.Command), a.dir), Env: env, Dir: dir, Log: filepath.Join(a.dir, LogFile),
	}
}

// nextAttempt returns the next trial to run, claimed: one that nobody runs any
// more, a new one, or the last training of a cell. It is nil when there is none;
// left says whether others still run some.
func (r *runner) nextAttempt() (a *attempt, left bool, err error) {
	if a, left, err = r.orphan(); a != nil || err != nil {
		return a, true, err
	}
	for n := r.nextNumber(); n >= 0; n = r.nextNumber() {
		t := r.propose(n)
		r.next++
		made, err := t.publish(r.dir)
		if err != nil {
			return nil, true, err
		}
		if !made { // by another process
			r.looked = time.Time{}
			left = true
			continue
		}
		r.contents.Open = append(r.contents.Open, t.ID)
		if a, err = r.claimed(t, claim{Attempt: 1}); a != nil || err != nil {
			return a, true, err
		}
		left = true
	}
	for i := range r.plan.Cells {
		t, waits, err := r.final(&r.plan.Cells[i])
		if err != nil {
			return nil, true, err
		}
		left = left || waits
		if t == nil {
			continue
		}
		if a, err = r.claimed(*t, claim{Attempt: 1}); a != nil || err != nil {
			return a, true, err
		}
		left = true
	}
	return nil, left, nil
}

// claimed takes a trial for this process, and returns nil if another was
// quicker or if the trial has ended.
func (r *runner) claimed(t Trial, c claim) (*attempt, error) {
	c.Since = time.Now()
	ok, err := r.reg.take(t.claim(), c)
	if !ok || err != nil {
		return nil, err
	}
	dir := t.dir(r.dir)
	if files.Exists(filepath.Join(dir, ResultFile)) {
		r.looked = time.Time{}
		return nil, r.reg.release(t.claim())
	}
	if c.Job == "" {
		err = r.renew(t)
	}
	e, wrong := experiment(t.Settings)
	if err := errors.Join(err, wrong); err != nil {
		return nil, errors.Join(fmt.Errorf("trial %s: %w", t.ID, err), r.reg.release(t.claim()))
	}
	return &attempt{trial: t, dir: dir, claim: c, tail: newTail(dir), epochs: e.Epochs}, nil
}

// renew gives a trial that was made before the settings that the study has now,
// of those that change no result: where the data are, what computes.
func (r *runner) renew(t Trial) error {
	changed := false
	for name, value := range r.plan.Experiment {
		_, final := r.plan.Final[name]
		if changesResults(name) || t.Final && final || spelt(t.Settings[name]) == spelt(value) {
			continue
		}
		t.Settings[name], changed = value, true
	}
	if !changed {
		return nil
	}
	return files.WriteJSON(filepath.Join(t.dir(r.dir), TrialFile), t)
}

// nextNumber returns the lowest number of a trial that does not exist, −1 when
// all do.
func (r *runner) nextNumber() int {
	for ; r.next < r.plan.Trials(); r.next++ {
		id := trialID(r.next)
		if _, ended := r.contents.Results[id]; !ended && !slices.Contains(r.contents.Open, id) {
			return r.next
		}
	}
	return -1
}

// orphan returns a trial that has a folder but no result, and that no living
// process runs; left says whether there are others.
func (r *runner) orphan() (a *attempt, left bool, err error) {
	candidates := slices.DeleteFunc(slices.Clone(r.contents.Open), func(id string) bool { return r.active[id] != nil })
	if len(candidates) == 0 {
		return nil, false, nil
	}
	claims, err := readClaims(r.dir)
	if err != nil {
		return nil, true, err
	}
	runners, err := readRunners(r.dir)
	if err != nil {
		return nil, true, err
	}
	for _, id := range candidates {
		t, err := readTrial(filepath.Join(r.dir, TrialsDir, id))
		if n := numberOfTrial(id); n < 0 && errors.Is(err, os.ErrNotExist) {
			continue // no trial's folder
		} else if errors.Is(err, os.ErrNotExist) || errors.Is(err, errDamaged) {
			if _, alive := runners[claims[id].Runner]; alive {
				left = true // who runs it has read it
				continue
			}
			if t, err = r.mendTrial(n, err); err == nil && t.ID == "" {
				continue
			}
		}
		if err != nil {
			return nil, true, err
		}
		a, waits, err := r.adopt(t, claims, runners)
		if a != nil || err != nil {
			return a, true, err
		}
		left = left || waits
	}
	return nil, left, nil
}

// adopt takes a trial that nobody living runs. waits says that somebody does.
func (r *runner) adopt(t Trial, claims map[string]claim, runners map[string]runnerRecord) (a *attempt, waits bool, err error) {
	c, held := claims[t.claim()]
	_, alive := runners[c.Runner]
	switch {
	case held && alive:
		return nil, true, nil
	case held && c.Executor != r.reg.Executor && c.Executor != string(executor.KindLocal):
		return nil, false, nil // its job may still run; foreign says so in the end
	case held:
		took, err := r.reg.takeOver(t.claim())
		if !took || err != nil {
			return nil, true, err
		}
		if r.exec.Survives() && c.Job != "" {
			break // the job goes on
		}
		c.Job, c.Attempt = "", c.Attempt+1
	default:
		c = claim{Attempt: 1}
	}
	a, err = r.claimed(t, c)
	if a != nil && r.reg.Executor != string(executor.KindLocal) && a.claim.Job != "" {
		err = r.reg.renew(t.claim(), a.claim)
	}
	return a, a == nil, err
}

// propose makes trial number n.
func (r *runner) propose(n int) Trial {
	c, index := r.plan.At(n)
	b := r.books[c.Index]
	t := Trial{ID: trialID(n), Number: n, Cell: c.Index, Index: index, Grid: c.Values, Created: time.Now()}
	if b.sampler != nil {
		t.Params = c.Space.Decode(b.sampler.Propose(index, b.done, r.pending(c)))
		t.Objective = r.plan.Search.Objective.String()
	}
	t.Settings = r.plan.Settings(c, t.Params)
	r.settle(t.Settings)
	if _, given := t.Settings["until"]; !given && r.plan.Search != nil {
		t.Settings["until"] = "metrics" // the report is for the best
	}
	return t
}

// settle adds what the slots decide.
func (r *runner) settle(settings map[string]any) {
	if _, given := settings["threads"]; !given {
		settings["threads"] = int64(r.slots.threads)
	}
}

// pending returns the points of a cell's trials that have no result yet.
func (r *runner) pending(c *Cell) []search.Point {
	var points []search.Point
	for _, id := range r.contents.Open {
		a := r.active[id]
		if a == nil {
			t, err := readTrial(filepath.Join(r.dir, TrialsDir, id))
			if err != nil {
				continue // whoever runs it will say so
			}
			a = &attempt{trial: t}
		}
		if a.trial.Cell != c.Index {
			continue
		}
		if p, err := c.Space.Encode(a.trial.Params); err == nil {
			points = append(points, p)
		}
	}
	return points
}

// show tells what happens.
func (r *runner) show(e Event) {
	e.Done, e.Trials, e.Running = len(r.contents.Results), r.plan.Trials(), len(r.active)
	r.o.Show(e)
}
