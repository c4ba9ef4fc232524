package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// attemptVariable tells a trial, in its environment, which attempt it is.
const attemptVariable = "MEMDIL_ATTEMPT"

// errStopped is the cause of a trial's end that its STOP file asks for.
var errStopped = errors.New("the trial was given up")

// RunTrial runs the trial of a folder and writes its result. It is what the
// process of a trial does. A trial that was stopped from outside is left without
// a result, to be gone on with; every other end is a result and no error.
func RunTrial(ctx context.Context, dir string, o pipeline.Options) error {
	lock, err := lockTrial(ctx, dir)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if files.Exists(filepath.Join(dir, ResultFile)) {
		return nil
	}
	t, err := readTrial(dir)
	if err != nil {
		return err
	}
	w := &worker{trial: t, dir: dir, started: time.Now()}
	ctx, w.stop = context.WithCancelCause(ctx)
	defer w.stop(nil)
	e, err := w.experiment()
	if err == nil {
		o.Reporter = w
		w.epochs = e.Epochs
		_, err = pipeline.Run(ctx, e, o)
	}
	err = errors.Join(err, w.failure)
	switch {
	case err != nil && context.Cause(ctx) == errStopped: //nolint:errorlint // the cause is set as it is
		return w.pruned()
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return w.failed(err)
	}
	return w.finished(e)
}

// lockTrial takes the trial's lock. A predecessor whose study was killed may
// still be writing its checkpoint.
func lockTrial(ctx context.Context, dir string) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(dir, lockFile))
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	held, err := lock.TryLockContext(ctx, 20*time.Millisecond)
	switch {
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("locking trial %s: %w", dir, err)
	case !held:
		return nil, fmt.Errorf("trial %s is run by another process", dir)
	}
	return lock, nil
}

// worker is the process of a trial at work. It reports to the trial's files.
type worker struct {
	pipeline.Silent
	trial   Trial
	dir     string
	started time.Time
	epochs  int
	stop    context.CancelCauseFunc
	failure error // of writing metrics
	last    record
	shown   time.Time // when progress was last shown
}

var _ pipeline.Reporter = (*worker)(nil)

// experiment returns the trial's experiment, whose run folder is the trial's.
func (w *worker) experiment() (settings.Experiment, error) {
	e, err := experiment(w.trial.Settings)
	if err != nil {
		return e, err
	}
	e.UIDOverride, e.RunsDir = filepath.Base(w.dir), filepath.Dir(w.dir)
	return e, nil
}

// Stage shows progress.
func (w *worker) Stage(s settings.Stage, skipped bool) {
	if !skipped {
		fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().Format(time.DateTime), s)
	}
	w.progress()
}

// Download shows progress.
func (w *worker) Download(string, int64, int64) { w.progress() }

// Batch shows progress and, as often, looks for the STOP file.
func (w *worker) Batch(int, int, int, int, float64) {
	if w.progress() {
		w.lookForStop()
	}
}

// Export shows progress.
func (w *worker) Export(string, int, int) { w.progress() }

// Epoch adds the epoch to metrics.jsonl and looks for the STOP file.
func (w *worker) Epoch(e history.Epoch, epochs int) {
	w.last = newRecord(e)
	if err := appendRecord(w.dir, w.last); err != nil && w.failure == nil {
		w.failure = err
		w.stop(err)
	}
	if e.Epoch < epochs {
		w.lookForStop()
	}
	w.progress()
}

// progress lets the study see, every second at most, that the trial gets on. It
// reports whether that was done.
func (w *worker) progress() bool {
	if time.Since(w.shown) < time.Second {
		return false
	}
	w.shown = time.Now()
	path := filepath.Join(w.dir, progressFile)
	if err := os.Chtimes(path, w.shown, w.shown); errors.Is(err, os.ErrNotExist) {
		_ = os.WriteFile(path, nil, 0o644) // a study that sees no progress has other signs
	}
	return true
}

func (w *worker) lookForStop() {
	if files.Exists(filepath.Join(w.dir, StopFile)) {
		w.stop(errStopped)
	}
}

// result begins the result of this attempt.
func (w *worker) result(s State) Result {
	r := w.trial.result(s)
	r.Started, r.Ended = w.started, time.Now()
	r.Attempts, _ = strconv.Atoi(os.Getenv(attemptVariable))
	r.Attempts = max(r.Attempts, 1)
	r.Host, _ = os.Hostname()
	if w.last == nil { // all was done before
		if records, err := readRecords(w.dir); err == nil && len(records) > 0 {
			w.last = records[len(records)-1]
		}
	}
	r.Epochs = w.last.epoch()
	r.Metrics = map[string]float64{}
	for name, v := range w.last {
		if v != nil && name != "epoch" && name != "seconds" && name != "samples_per_second" {
			r.Metrics[name] = *v
		}
	}
	return r
}

// setValue sets the objective's value, if it is known.
func (r *Result) setValue(objective string) {
	name := strings.TrimPrefix(objective, "-")
	if v, ok := r.Metrics[name]; ok && objective != "" {
		r.Value = &v
	}
}

// pruned writes the result of a trial that was given up. Its checkpoint is of no
// use to anybody.
func (w *worker) pruned() error {
	r := w.result(Pruned)
	r.setValue(w.trial.Objective)
	reason, err := os.ReadFile(filepath.Join(w.dir, StopFile))
	if err != nil {
		return fmt.Errorf("reading why the trial is given up: %w", err)
	}
	if r.Reason = strings.TrimSpace(string(reason)); r.Reason == "" {
		r.Reason = "it was asked to stop"
	}
	if err := os.RemoveAll(filepath.Join(w.dir, runfolder.CheckpointsDir)); err != nil {
		return fmt.Errorf("clearing up the trial: %w", err)
	}
	return r.write(w.dir)
}

// failed writes the result of a trial that failed by itself.
func (w *worker) failed(cause error) error {
	fmt.Fprintf(os.Stderr, "memdil: %v\n", cause)
	r := w.result(Failed)
	r.Reason = strings.ReplaceAll(cause.Error(), "\n", "; ")
	var (
		diverged *train.DivergedError
		mistake  *settings.UsageError
	)
	switch {
	case errors.As(cause, &diverged):
		r.Failure = "diverged"
	case errors.As(cause, &mistake):
		r.Failure = "settings"
	default:
		r.Failure = "error"
	}
	return r.write(w.dir)
}

// finished writes the result of a trial that ran to its end.
func (w *worker) finished(e settings.Experiment) error {
	r := w.result(Finished)
	err := r.addMeasured(filepath.Join(w.dir, runfolder.MetricsFile), w.trial.Objective)
	measures := e.Until == "" || e.Until == settings.StageMetrics || e.Until == settings.StageReport
	if err != nil && measures {
		return w.failed(err)
	}
	r.setValue(w.trial.Objective)
	if w.trial.Objective != "" && r.Value == nil && !w.trial.Final {
		r.State, r.Failure, r.Reason = Failed, "diverged", "its "+strings.TrimPrefix(w.trial.Objective, "-")+" is no finite number"
	}
	return r.write(w.dir)
}

// measuredNames are what results keep of metrics.json, beside the objective.
var measuredNames = []string{
	"train.accuracy_top1", "test.accuracy_top1", "train.nc1", "test.nc1", "train.memorization.mean", "test.trace_sigma_w",
}

// addMeasured adds values of metrics.json.
func (r *Result) addMeasured(path, objective string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	for _, name := range append(measuredNames, strings.TrimPrefix(objective, "-")) {
		if v := valueAt(all, name); inMetrics.MatchString(name) && !math.IsNaN(v) {
			r.Metrics[name] = v
		}
	}
	return nil
}

// valueAt returns the number under a dotted name, NaN for none.
func valueAt(v any, name string) float64 {
	for part := range strings.SplitSeq(name, ".") {
		table, ok := v.(map[string]any)
		if !ok {
			return math.NaN()
		}
		v = table[part]
	}
	if f, ok := v.(float64); ok {
		return f
	}
	return math.NaN()
}

// DeviceOf returns the device that the trial of a folder asks for.
func DeviceOf(dir string) (ort.Device, error) {
	t, err := readTrial(dir)
	if err != nil {
		return ort.Device{}, err
	}
	e, err := experiment(t.Settings)
	return e.Device, err
}
