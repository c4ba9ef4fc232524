package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// work is what a stage reads, writes and does. It returns facts to remember.
// Its settings are those of the table of settings, up to its stage.
type work struct {
	inputs, outputs []string
	// version is raised when the stage makes something else of the same inputs
	// and settings, so that what it made before is made anew.
	version int
	do      func(*run, context.Context) (facts, error)
}

// files returns the names of all files of a stage.
func (w work) files() []string { return slices.Concat(w.inputs, w.outputs) }

// workOf is the table of stages.
func workOf(s settings.Stage) work {
	featureFiles := []string{runfolder.TrainFeatures, runfolder.TestFeatures, runfolder.ClassifierFile}
	return map[settings.Stage]work{
		settings.StageData: {
			outputs: []string{runfolder.SamplesFile},
			do:      (*run).selectSamples,
		},
		settings.StageTrain: {
			inputs:  []string{runfolder.SamplesFile},
			outputs: []string{runfolder.ModelFile, runfolder.HistoryFile},
			do:      (*run).train,
		},
		settings.StageExport: {
			inputs:  []string{runfolder.SamplesFile, runfolder.ModelFile},
			outputs: featureFiles,
			do:      (*run).export,
		},
		settings.StageMetrics: {
			inputs:  featureFiles,
			outputs: []string{runfolder.MetricsFile, runfolder.StatisticsFile},
			do:      (*run).measure,
		},
		settings.StageReport: {
			inputs:  append(featureFiles, runfolder.MetricsFile, runfolder.HistoryFile),
			outputs: []string{filepath.Join(runfolder.ReportDir, "index.html")},
			do:      (*run).report,
		},
	}[s]
}

// optional are the files that not every model has.
var optional = map[string]bool{runfolder.ClassifierFile: true}

// needs reports whether the stage's input of that name must be there.
func (r *run) needs(name string) bool {
	_, written := r.manifest[settings.StageExport].Files[name]
	return written || !optional[name]
}

// runStages brings the stages that are asked for up to date.
func (r *run) runStages(ctx context.Context) error {
	for _, s := range r.exp.Asked() {
		if err := r.stage(ctx, s); err != nil {
			return err
		}
	}
	if r.exp.DeleteModel {
		return r.deleteModel()
	}
	return nil
}

// stage brings one stage up to date.
func (r *run) stage(ctx context.Context, s settings.Stage) error {
	switch reason := r.reason(s); reason {
	case "":
		if s == settings.StageTrain {
			r.noteUnmeasured()
		}
		r.opts.Reporter.Stage(s, true)
		return nil
	case neverDone, r.forced(s):
	default:
		r.log.Warn(fmt.Sprintf("stage %s runs again: %s", s, reason))
	}
	return r.do(ctx, s)
}

// do runs one stage in any case.
func (r *run) do(ctx context.Context, s settings.Stage) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	w := workOf(s)
	for _, in := range w.inputs {
		if r.needs(in) && !files.Exists(r.folder.file(in)) {
			return r.missing(s, in)
		}
	}
	r.opts.Reporter.Stage(s, false)
	r.worked = true
	start := time.Now()
	r.file.Info("begins", "stage", s)
	found, err := w.do(r, ctx)
	if err != nil {
		r.logFailure(s, err)
		return err
	}
	if err := r.done(s, found); err != nil {
		return err
	}
	r.file.Info("done", "stage", s, "seconds", time.Since(start).Seconds())
	return nil
}

// missing says what to do about an input that is not there.
func (r *run) missing(s settings.Stage, name string) error {
	path := r.folder.file(name)
	if r.deleted(name) {
		return fmt.Errorf("stage %s needs %s, which was deleted on request: `memdil run --from train` makes it anew", s, path)
	}
	return fmt.Errorf("stage %s needs %s, which is missing: run the stages before it, or all of them with `memdil run`", s, path)
}

// done remembers that a stage is done.
func (r *run) done(s settings.Stage, found facts) error {
	w := workOf(s)
	record := stageRecord{
		Hash: r.exp.Hash(s), Settings: r.exp.Hashed(s), Version: w.version,
		Files: map[string]fileRecord{}, Facts: found,
	}
	for _, name := range w.files() {
		if optional[name] && !files.Exists(r.folder.file(name)) {
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

// report is the stage that draws the run's report.
func (r *run) report(context.Context) (facts, error) {
	return nil, compare.Report(r.folder.file(runfolder.ReportDir), r.folder.path)
}

// logFailure notes a failure in the log file; the caller gets the error.
func (r *run) logFailure(s settings.Stage, err error) {
	if errors.Is(err, context.Canceled) {
		r.file.Info("stopped", "stage", s)
		return
	}
	r.file.Error("failed", "stage", s, "error", err.Error())
}
