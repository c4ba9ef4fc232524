package study

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/memdil/memdil/pipeline/internal/files"
)

// Trial is one run of a study: trial.json.
type Trial struct {
	ID       string         `json:"id"`
	Number   int            `json:"number"` // in the study
	Cell     int            `json:"cell"`
	Index    int            `json:"index"`           // in the cell
	Final    bool           `json:"final,omitempty"` // trains the best setting of the cell
	Grid     map[string]any `json:"grid,omitempty"`
	Params   map[string]any `json:"params,omitempty"`
	Settings map[string]any `json:"settings"` // of the experiment, all that are given
	// Objective is what the trial's value is, "" without a search.
	Objective string    `json:"objective,omitempty"`
	Created   time.Time `json:"created"`
}

// State is how a trial ended.
type State string

// The states of a result.
const (
	Finished State = "finished"
	Pruned   State = "pruned" // was given up by the scheduler
	Failed   State = "failed"
)

// Result is what became of a trial: result.json.
type Result struct {
	ID     string         `json:"id"`
	Number int            `json:"number"`
	Cell   int            `json:"cell"`
	Index  int            `json:"index"`
	Grid   map[string]any `json:"grid,omitempty"`
	Params map[string]any `json:"params,omitempty"`
	State  State          `json:"state"`
	// Value is the objective's, after the last epoch that was trained; null for
	// a trial that failed before there was one.
	Value *float64 `json:"value"`
	// Failure is why a trial failed, in a word: diverged, crashed, out of
	// memory, time limit, stalled, cancelled, lost, settings or error.
	Failure string `json:"failure,omitempty"`
	// Reason says it in a sentence.
	Reason   string             `json:"reason,omitempty"`
	Epochs   int                `json:"epochs"` // that were trained
	Metrics  map[string]float64 `json:"metrics,omitempty"`
	Started  time.Time          `json:"started"` // the attempt that ended it
	Ended    time.Time          `json:"ended"`
	Attempts int                `json:"attempts"`
	Host     string             `json:"host,omitempty"`

	booked bool // by a runner
}

// trialID names trial number n. Names of up to a million trials sort as the
// trials do.
func trialID(n int) string { return fmt.Sprintf("%06d", n) }

// numberOfTrial is the inverse, −1 for other names.
func numberOfTrial(id string) int {
	n, err := strconv.Atoi(id)
	if err != nil || trialID(n) != id {
		return -1
	}
	return n
}

// finalID names the last training of a cell.
func finalID(cell int) string { return fmt.Sprintf("%04d", cell) }

// dir returns the folder of a trial within a study's.
func (t Trial) dir(study string) string {
	if t.Final {
		return filepath.Join(study, FinalDir, t.ID)
	}
	return filepath.Join(study, TrialsDir, t.ID)
}

// claim returns the name of the trial's claim.
func (t Trial) claim() string {
	if t.Final {
		return "final-" + t.ID
	}
	return t.ID
}

// publish makes the trial's folder, with its trial.json, in one step. It
// returns false if another process was quicker.
func (t Trial) publish(study string) (bool, error) {
	dir := t.dir(study)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return false, err
	}
	made, err := os.MkdirTemp(filepath.Dir(dir), ".new-")
	if err != nil {
		return false, fmt.Errorf("making trial %s: %w", t.ID, err)
	}
	if err := errors.Join(os.Chmod(made, 0o755), files.WriteJSON(filepath.Join(made, TrialFile), t)); err != nil {
		_ = os.RemoveAll(made)
		return false, err
	}
	if err := os.Rename(made, dir); err != nil {
		_ = os.RemoveAll(made)
		if files.Exists(dir) {
			return false, nil
		}
		return false, fmt.Errorf("making trial %s: %w", t.ID, err)
	}
	return true, nil
}

// readTrial reads the trial of a folder.
func readTrial(dir string) (Trial, error) {
	var t Trial
	path := filepath.Join(dir, TrialFile)
	err := readJSON(path, &t)
	if err == nil && (t.ID == "" || t.Settings == nil) {
		err = damaged(path, "it lacks id or settings")
	}
	if err != nil {
		return t, fmt.Errorf("trial %s: %w", filepath.Base(dir), err)
	}
	return t, nil
}

// result returns the beginning of the trial's result.
func (t Trial) result(s State) Result {
	return Result{ID: t.ID, Number: t.Number, Cell: t.Cell, Index: t.Index, Grid: t.Grid, Params: t.Params, State: s}
}

// readResult reads the result of a trial's folder; ok is false where there is
// none yet.
func readResult(dir string) (r Result, ok bool, err error) {
	path := filepath.Join(dir, ResultFile)
	switch err := readJSON(path, &r); {
	case errors.Is(err, os.ErrNotExist):
		return r, false, nil
	case err != nil:
		return r, false, err
	case r.State != Finished && r.State != Pruned && r.State != Failed:
		return r, false, damaged(path, fmt.Sprintf("its state is %q", r.State))
	}
	return r, true, nil
}

// write publishes the result, unless there is one.
func (r Result) write(dir string) error {
	path := filepath.Join(dir, ResultFile)
	if files.Exists(path) {
		return nil
	}
	return files.WriteJSON(path, r)
}

// Busy returns how long the attempt that ended the trial took.
func (r Result) Busy() time.Duration { return r.Ended.Sub(r.Started) }
