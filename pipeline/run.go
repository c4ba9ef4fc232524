package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/ort"
)

// Options are circumstances of a run that do not belong to its experiment.
type Options struct {
	// Reporter is told what happens; nil for nobody.
	Reporter Reporter
	// Log takes notes; nil is slog.Default(). The run folder's log.jsonl takes
	// them as well.
	Log *slog.Logger
	// Provenance is recorded in experiment.toml.
	Provenance Provenance
}

// run is a run folder at work.
type run struct {
	exp      Experiment
	opts     Options
	folder   *folder
	manifest manifest
	log      *slog.Logger // to the caller and to log.jsonl
	file     *slog.Logger // to log.jsonl alone
	logFile  *os.File
	data     *datasets.Dataset // once it is needed
}

// Run brings an experiment's run folder up to date: stages that are done with
// these settings are skipped, an interrupted training goes on from its last
// checkpoint. It returns the folder's path.
func Run(ctx context.Context, e Experiment, o Options) (string, error) {
	if err := e.Check(); err != nil {
		return "", err
	}
	path := filepath.Join(e.RunsDir, e.UID())
	if err := makeRoom(path, e, o); err != nil {
		return "", err
	}
	r, err := open(path, e, o)
	if err != nil {
		return "", err
	}
	defer r.close()
	if err := r.record(ctx); err != nil {
		return "", err
	}
	for _, s := range stages {
		if err := r.stage(ctx, s, false); err != nil {
			return "", err
		}
	}
	return path, nil
}

// RunStage runs one stage of a run folder again, whatever was done before; the
// stages before it must be done.
func RunStage(ctx context.Context, path string, s Stage, o Options) error {
	if !exists(filepath.Join(path, ExperimentFile)) {
		return fmt.Errorf("%s is no run folder: it has no %s", path, ExperimentFile)
	}
	e, _, err := ReadTOML(filepath.Join(path, ExperimentFile))
	if err != nil {
		return err
	}
	r, err := open(path, e, o)
	if err != nil {
		return err
	}
	defer r.close()
	return r.stage(ctx, s, true)
}

// makeRoom refuses a run folder of another experiment, or moves it away if
// that was asked for.
func makeRoom(path string, e Experiment, o Options) error {
	file := filepath.Join(path, ExperimentFile)
	if !exists(file) {
		return nil
	}
	old, _, err := ReadTOML(file)
	if err != nil && !e.Force {
		return fmt.Errorf("%w; --force moves the folder away and starts anew", err)
	}
	differences := e.Differences(old)
	switch {
	case len(differences) == 0 && !e.Force:
		return nil
	case !e.Force:
		return &UsageError{
			Setting: "uid",
			Reason:  fmt.Sprintf("run folder %s holds a run with other settings (%s)", path, strings.Join(differences, ", ")),
			Hint:    "give this run another --uid, or --force to move the old one away",
		}
	}
	f, err := openFolder(path) // nobody may be at work in it
	if err != nil {
		return err
	}
	defer func() { _ = f.close() }()
	backup, err := backUp(path)
	if err != nil {
		return err
	}
	o.logger().Info("moved the old run folder away", "to", backup)
	return nil
}

func (o Options) logger() *slog.Logger {
	if o.Log != nil {
		return o.Log
	}
	return slog.Default()
}

// open takes a run folder and its log.
func open(path string, e Experiment, o Options) (*run, error) {
	if o.Reporter == nil {
		o.Reporter = Silent{}
	}
	f, err := openFolder(path)
	if err != nil {
		return nil, err
	}
	r := &run{exp: e, opts: o, folder: f}
	if r.manifest, err = readManifest(f); err != nil {
		r.close()
		return nil, err
	}
	if r.logFile, err = os.OpenFile(f.file(LogFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		r.close()
		return nil, fmt.Errorf("opening the run's log: %w", err)
	}
	r.file = slog.New(slog.NewJSONHandler(r.logFile, nil))
	r.log = slog.New(slog.NewMultiHandler(o.logger().Handler(), r.file.Handler()))
	return r, nil
}

func (r *run) close() {
	if r.logFile != nil {
		_ = r.logFile.Close() // every note is in the file already
	}
	_ = r.folder.close()
}

// record writes experiment.toml unless it is there.
func (r *run) record(ctx context.Context) error {
	path := r.folder.file(ExperimentFile)
	if exists(path) {
		return nil
	}
	rt, err := ort.Load(ctx)
	if err != nil {
		return err
	}
	r.opts.Provenance.Runtime = rt.Info().Version
	var text bytes.Buffer
	if err := WriteTOML(&text, r.exp, r.opts.Provenance); err != nil {
		return err
	}
	if err := renameio.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// stage brings one stage up to date, or runs it in any case.
func (r *run) stage(ctx context.Context, s Stage, force bool) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	w := works[s]
	hash := r.exp.Hash(s)
	if !force && r.manifest[s].Hash == hash && r.has(w.outputs) {
		r.opts.Reporter.Stage(s, true)
		return nil
	}
	for _, in := range w.inputs {
		if !exists(r.folder.file(in)) {
			return fmt.Errorf("stage %s needs %s, which is missing: run the stages before it", s, r.folder.file(in))
		}
	}
	r.opts.Reporter.Stage(s, false)
	facts, err := w.do(r, ctx)
	if err != nil {
		r.logFailure(s, err)
		return err
	}
	r.manifest[s] = stageRecord{Hash: hash, Facts: facts}
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

func (r *run) has(files []string) bool {
	for _, f := range files {
		if !exists(r.folder.file(f)) {
			return false
		}
	}
	return true
}

// work is what a stage reads, writes and does. It returns facts to remember.
type work struct {
	inputs, outputs []string
	do              func(*run, context.Context) (map[string]float64, error)
}

// works is the table of stages.
var works = map[Stage]work{
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
		inputs:  []string{ModelFile},
		outputs: []string{TrainFeatures, TestFeatures, ClassifierFile},
		do:      (*run).export,
	},
	StageMetrics: {
		inputs:  []string{TrainFeatures, TestFeatures, ClassifierFile},
		outputs: []string{MetricsFile, StatisticsFile},
		do:      (*run).measure,
	},
	StageReport: {
		inputs:  []string{MetricsFile, HistoryFile},
		outputs: []string{filepath.Join(ReportDir, "index.html")},
		do:      (*run).report,
	},
}
