package study

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/memdil/memdil/pipeline/executor"
)

// Options are circumstances of running a study.
type Options struct {
	// Command is the program, and its arguments, that run the trial whose folder
	// is appended.
	Command []string
	// Argv is the command line, to be recorded.
	Argv []string
	// Version is memdil's, to be recorded.
	Version string
	// Show is told what happens; nil for nobody. It is called from one
	// goroutine.
	Show func(Event)
	// Log takes notes; nil is slog.Default().
	Log *slog.Logger
}

// Event is something that happens in a study.
type Event struct {
	Started *Trial  // a trial that begins, or goes on
	Ended   *Result // a trial that has ended
	Final   bool    // whether it is the last training of a cell
	// Done and Trials say how many of the study's trials have ended; Running is
	// how many this process runs.
	Done, Trials, Running int
}

// Summary is how a study went in this process.
type Summary struct {
	// Busy is the share of the slots' time in which trials ran, as long as there
	// was something to run; NaN when nothing was.
	Busy float64
	// Gap is the mean time from the end of a trial to the start of the next one
	// in its slot.
	Gap time.Duration
	// Ran is how many trials ended in this process.
	Ran int
}

// runner is a process that works on a study.
type runner struct {
	dir      string
	plan     *Plan
	o        Options
	log      *slog.Logger
	slots    slots
	exec     executor.Executor
	reg      *registration
	contents *Contents
	books    []*books // of each cell
	next     int      // lowest number of a trial that may be free
	active   map[string]*attempt
	alone    bool // whether no other process works on the study
	fresh    bool // whether the study was read after everything had ended
	looked   time.Time
	polled   time.Time
	silent   time.Time // since when the cluster does not answer
	meter    meter
}

// attempt is a trial that this process runs.
type attempt struct {
	trial   Trial
	dir     string
	claim   claim
	tail    *tail
	stopped bool      // whether it has a STOP file
	stalled bool      // whether it was ended for want of progress
	late    time.Time // since when it has ended without a result to be seen
	since   time.Time // since when it runs; zero while it waits for resources
	epochs  int       // that it has
}

// Run brings a study up to date: it runs what has no result yet, and in the end
// trains the best setting of each cell. Other processes may do the same.
func Run(ctx context.Context, dir string, p *Plan, o Options) (Summary, error) {
	r := &runner{dir: dir, plan: p, o: o, log: o.Log, active: map[string]*attempt{}, alone: true}
	if r.log == nil {
		r.log = slog.Default()
	}
	if r.o.Show == nil {
		r.o.Show = func(Event) {}
	}
	if err := r.open(); err != nil {
		return Summary{}, err
	}
	err := r.work(ctx)
	return r.meter.summary(), errors.Join(err, r.reg.close())
}

// open prepares the executor and reads what is there of the study.
func (r *runner) open() error {
	var err error
	if r.dir, err = filepath.Abs(r.dir); err != nil {
		return fmt.Errorf("finding the study: %w", err)
	}
	r.plan.settleGPUs()
	r.slots = r.plan.Execute.slots()
	if r.exec, err = r.plan.newExecutor(r.dir, r.slots, r.o.Command[0]); err != nil {
		return err
	}
	if r.reg, err = register(r.dir, string(r.plan.Execute.Executor), r.slots.concurrency); err != nil {
		return err
	}
	if r.contents, err = ReadContents(r.dir); err == nil {
		err = errors.Join(r.mendResults(), r.openBooks())
	}
	if err != nil {
		return errors.Join(err, r.reg.close())
	}
	r.meter.begin(r.slots.concurrency)
	return nil
}

// work runs trials until none is left.
func (r *runner) work(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), r.leave())
		}
		left, err := r.fill(ctx)
		if err == nil && !left && len(r.active) == 0 {
			if r.fresh {
				return r.foreign()
			}
			r.fresh = true // look once more before believing that all is done
			if err := r.refresh(); err != nil {
				return err
			}
			continue
		}
		r.fresh = false
		if err = r.passing(err); err == nil {
			r.meter.tick(left)
			r.wait(ctx)
			r.meter.tick(left)
			err = r.passing(r.look(ctx))
		} else if errors.Is(err, executor.ErrUnreachable) {
			r.wait(ctx)
			err = r.passing(err)
		}
		if err != nil && ctx.Err() == nil {
			return errors.Join(err, r.leave())
		}
	}
}

// passing lets a cluster be silent for a while. It returns errors that are to
// end the work.
func (r *runner) passing(err error) error {
	switch {
	case !errors.Is(err, executor.ErrUnreachable):
		return err
	case r.silent.IsZero():
		r.silent = time.Now()
		r.log.Warn(fmt.Sprintf("%v; waiting for it for up to %s", err, r.plan.Execute.Wait))
	case time.Since(r.silent) > r.plan.Execute.Wait:
		return fmt.Errorf("%w (for %s); its jobs may still run, and `memdil study resume %s` takes them up again", err, r.plan.Execute.Wait, r.dir)
	}
	return nil
}

// Times between looks; variables for tests.
var (
	lookEvery  = 50 * time.Millisecond // at what trials write
	shareEvery = 2 * time.Second       // at what other processes do
)

// wait waits for the end of a trial, or a moment.
func (r *runner) wait(ctx context.Context) {
	pause := lookEvery
	if r.exec.Survives() {
		pause = r.exec.Interval() / 4
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-r.exec.Wake():
		r.polled = time.Time{} // ask at once
	}
}

// look sees what has happened to trials.
func (r *runner) look(ctx context.Context) error {
	r.watch()
	if time.Since(r.polled) >= r.exec.Interval() {
		if err := r.poll(ctx); err != nil {
			return err
		}
		r.polled, r.silent = time.Now(), time.Time{}
	}
	if time.Since(r.looked) < shareEvery || r.alone && len(r.active) > 0 && time.Since(r.looked) < 5*shareEvery {
		return nil
	}
	return r.share()
}

// share takes in what other processes have done.
func (r *runner) share() error {
	r.looked = time.Now()
	runners, err := readRunners(r.dir)
	if err != nil {
		return err
	}
	if r.alone = len(runners) <= 1; r.alone && len(r.active) > 0 {
		return nil
	}
	return r.refresh()
}

// refresh reads what is new in the study's folder.
func (r *runner) refresh() error {
	if err := r.contents.refresh(r.dir); err != nil {
		return err
	}
	return errors.Join(r.mendResults(), r.bookNew())
}

// poll asks the executor and ends what has ended.
func (r *runner) poll(ctx context.Context) error {
	handles := make([]string, 0, len(r.active))
	for _, a := range r.active {
		handles = append(handles, a.claim.Job)
	}
	if len(handles) == 0 {
		return nil
	}
	statuses, err := r.exec.Poll(ctx, handles)
	if err != nil {
		return err
	}
	for _, a := range r.active {
		s, ok := statuses[a.claim.Job]
		switch {
		case !ok:
		case s.Phase == executor.Ended:
			err = errors.Join(err, r.ended(ctx, a, s))
		default:
			a.runs(s.Phase == executor.Running)
			err = errors.Join(err, r.checkStall(ctx, a))
		}
	}
	return err
}

// runs notes whether the executor says that the attempt runs.
func (a *attempt) runs(now bool) {
	switch {
	case !now:
		a.since = time.Time{}
	case a.since.IsZero():
		a.since = time.Now()
	}
}

// leave ends what this process runs, so that another may go on with it: trials
// leave their checkpoints.
func (r *runner) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var handles []string
	for _, a := range r.active {
		handles = append(handles, a.claim.Job)
	}
	if len(handles) == 0 {
		return nil
	}
	err := r.exec.Cancel(ctx, handles)
	for err == nil && len(r.active) > 0 && ctx.Err() == nil {
		var statuses map[string]executor.Status
		if statuses, err = r.exec.Poll(ctx, handles); err != nil {
			break
		}
		for name, a := range r.active {
			if statuses[a.claim.Job].Phase == executor.Ended {
				delete(r.active, name)
				err = errors.Join(err, r.reg.release(name))
			}
		}
		handles = nil
		for _, a := range r.active {
			handles = append(handles, a.claim.Job)
		}
		r.wait(ctx)
	}
	return err
}

// foreign reports trials that this process cannot run: jobs of another executor
// whose study has died.
func (r *runner) foreign() error {
	claims, err := readClaims(r.dir)
	if err != nil {
		return err
	}
	for name, c := range claims {
		if c.Executor != r.reg.Executor && c.Executor != string(executor.KindLocal) {
			return fmt.Errorf("trial %s may still be job %s of %s: go on with `memdil study resume --executor %s %s`", name, c.Job, c.Executor, c.Executor, r.dir)
		}
	}
	return nil
}
