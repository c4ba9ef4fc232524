package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// stage brings one stage up to date.
func (r *run) stage(ctx context.Context, s Stage) error {
	switch reason := r.stale(s); reason {
	case "":
		r.opts.Reporter.Stage(s, true)
		return nil
	case neverDone:
	default:
		r.log.Warn(fmt.Sprintf("stage %s runs again: %s", s, reason))
	}
	return r.do(ctx, s)
}

// neverDone is why a stage runs for the first time.
const neverDone = "it was never done"

// stale says why a stage has to run, "" if it is done: with these settings,
// and with all files that it read and wrote as they were then.
func (r *run) stale(s Stage) string {
	record, done := r.manifest[s]
	switch {
	case !done:
		return neverDone
	case record.Hash != r.exp.Hash(s):
		return "it was done with other settings"
	}
	for _, name := range s.work().files() {
		known, there := record.Files[name]
		if !there && optional[name] && !exists(r.folder.file(name)) {
			continue
		}
		if d := known.difference(r.folder.file(name)); d != "" {
			return r.folder.file(name) + " " + d
		}
	}
	return ""
}

// optional are the files that not every model has.
var optional = map[string]bool{ClassifierFile: true}

// needs reports whether the stage's input of that name must be there.
func (r *run) needs(name string) bool {
	_, written := r.manifest[StageExport].Files[name]
	return written || !optional[name]
}

// do runs one stage in any case.
func (r *run) do(ctx context.Context, s Stage) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	w := s.work()
	for _, in := range w.inputs {
		if r.needs(in) && !exists(r.folder.file(in)) {
			return fmt.Errorf("stage %s needs %s, which is missing: run the stages before it, or all of them with `memdil run`", s, r.folder.file(in))
		}
	}
	r.opts.Reporter.Stage(s, false)
	facts, err := w.do(r, ctx)
	if err != nil {
		r.logFailure(s, err)
		return err
	}
	return r.done(s, facts)
}

// done remembers that a stage is done.
func (r *run) done(s Stage, facts map[string]float64) error {
	record := stageRecord{Hash: r.exp.Hash(s), Files: map[string]fileRecord{}, Facts: facts}
	for _, name := range s.work().files() {
		if optional[name] && !exists(r.folder.file(name)) {
			continue
		}
		var err error
		if record.Files[name], err = r.manifest.describe(r.folder, name); err != nil {
			return fmt.Errorf("recording stage %s: %w", s, err)
		}
	}
	r.manifest[s] = record
	return r.manifest.write(r.folder)
}

// logFailure notes a failure in the log file; the caller gets the error.
func (r *run) logFailure(s Stage, err error) {
	if errors.Is(err, context.Canceled) {
		r.file.Info("stopped", "stage", s)
		return
	}
	r.file.Error("failed", "stage", s, "error", err.Error())
}

// work is what a stage reads, writes and does. It returns facts to remember.
type work struct {
	inputs, outputs []string
	do              func(*run, context.Context) (map[string]float64, error)
}

// files returns the names of all files of a stage.
func (w work) files() []string { return slices.Concat(w.inputs, w.outputs) }

// work is the table of stages.
func (s Stage) work() work {
	featureFiles := []string{TrainFeatures, TestFeatures, ClassifierFile}
	return map[Stage]work{
		StageData: {
			outputs: []string{SamplesFile},
			do:      (*run).selectSamples,
		},
		StageTrain: {
			inputs:  []string{SamplesFile},
			outputs: []string{ModelFile, HistoryFile},
			do:      (*run).train,
		},
		StageExport: {
			inputs:  []string{SamplesFile, ModelFile},
			outputs: featureFiles,
			do:      (*run).export,
		},
		StageMetrics: {
			inputs:  featureFiles,
			outputs: []string{MetricsFile, StatisticsFile},
			do:      (*run).measure,
		},
		StageReport: {
			inputs:  append(featureFiles, MetricsFile, HistoryFile),
			outputs: []string{filepath.Join(ReportDir, "index.html")},
			do:      (*run).report,
		},
	}[s]
}
