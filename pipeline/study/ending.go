package study

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memdil/memdil/pipeline/executor"
)

// lateness is how long a result may take to be seen here after its job has ended
// elsewhere; a variable for tests.
var lateness = time.Minute

// ended deals with a job that has ended: by its result, by another attempt, or
// by a result that says how it failed.
func (r *runner) ended(ctx context.Context, a *attempt, s executor.Status) error {
	res, ok, err := readResult(a.dir)
	if errors.Is(err, errDamaged) {
		err = r.mendResult(a.dir)
	}
	if err != nil {
		return err
	}
	if ok {
		return r.settled(a, res)
	}
	if r.exec.Survives() && s.End == executor.Exited && s.ExitCode == 0 {
		if a.late.IsZero() {
			a.late = time.Now()
		}
		if time.Since(a.late) < lateness {
			return nil
		}
	}
	if lost(s) && a.lose() <= r.plan.Execute.Retries {
		r.log.Warn(fmt.Sprintf("trial %s was lost and runs again", a.trial.ID), "how", describe(s), "attempt", a.claim.Attempt+1)
		return r.again(ctx, a)
	}
	res = a.failure(s)
	if err := res.write(a.dir); err != nil {
		return err
	}
	return r.settled(a, res)
}

// lost reports an end that says nothing about the trial: it goes on from its
// checkpoint. 130 is a trial that was told to stop, by whomever.
func lost(s executor.Status) bool {
	return s.End == executor.Lost || s.End == executor.Exited && (s.ExitCode == 130 || s.ExitCode == 0)
}

// lose counts a loss and returns how many there were since the trial last gained
// an epoch: one that gets on may be lost as often as it likes. That its study
// dies with it is no loss of the trial.
func (a *attempt) lose() int {
	if epochs := a.recorded(); epochs > a.claim.Epochs {
		a.claim.Epochs, a.claim.Losses = epochs, 0
	}
	a.claim.Losses++
	return a.claim.Losses
}

// recorded is how many epochs the trial has recorded.
func (a *attempt) recorded() int {
	records, err := readRecords(a.dir)
	if err != nil || len(records) == 0 {
		return 0
	}
	return records[len(records)-1].epoch()
}

// again submits the next attempt of a trial.
func (r *runner) again(ctx context.Context, a *attempt) error {
	a.claim.Job, a.claim.Since, a.late, a.since = "", time.Now(), time.Time{}, time.Time{}
	a.claim.Attempt++
	if err := r.reg.renew(a.trial.claim(), a.claim); err != nil {
		return err
	}
	return r.submit(ctx, []*attempt{a})
}

// failure is the result of a trial that left none itself.
func (a *attempt) failure(s executor.Status) Result {
	res := a.trial.result(Failed)
	res.Started, res.Ended, res.Attempts, res.Host = a.claim.Since, time.Now(), a.claim.Attempt, s.Node
	res.Epochs = a.recorded()
	res.Failure, res.Reason = string(s.End), describe(s)
	switch {
	case a.stalled:
		res.Failure, res.Reason = "stalled", "it showed no progress for too long"
	case lost(s):
		res.Failure = string(executor.Lost)
	case s.End == executor.Exited:
		res.Failure = string(executor.Crashed)
	}
	if line := lastLine(filepath.Join(a.dir, LogFile)); line != "" {
		res.Reason += "; its log ends with: " + line
	}
	return res
}

// describe says how a job ended.
func describe(s executor.Status) string {
	switch {
	case s.Detail != "":
		return s.Detail
	case s.End == executor.Exited:
		return fmt.Sprintf("it ended with exit code %d", s.ExitCode)
	}
	return string(s.End)
}

// lastLine returns the last line of a log that says something, shortened; of a
// Go program that panicked, the line that says so.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		_, _ = f.Seek(max(0, info.Size()-1<<16), io.SeekStart) // else all is read
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	last := ""
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "panic: ") || strings.HasPrefix(text, "fatal error: ") {
			last = text
			break
		}
		if text != "" {
			last = text
		}
	}
	return strings.ToValidUTF8(last[:min(len(last), 300)], "")
}

// settled takes a trial's result in and gives its slot back.
func (r *runner) settled(a *attempt, res Result) error {
	name := a.trial.claim()
	delete(r.active, name)
	r.meter.free()
	var err error
	if a.trial.Final {
		r.contents.Finals[a.trial.ID] = res
	} else {
		a.stopped = true
		err = r.follow(a) // what the trial has written since the last look
		if e := r.book(res, false); err == nil {
			err = e
		}
		r.contents.Open = slices.DeleteFunc(r.contents.Open, func(id string) bool { return id == a.trial.ID })
		appendIndex(r.dir, []Result{res})
	}
	r.show(Event{Ended: &res, Final: a.trial.Final})
	return errors.Join(err, r.reg.release(name))
}
