package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// Options are circumstances of a run that do not belong to its experiment.
type Options struct {
	// Reporter is told what happens; nil for nobody.
	Reporter Reporter
	// Log takes notes; nil is slog.Default(). The run folder's log.jsonl takes
	// them as well.
	Log *slog.Logger
	// Engine computes the features in place of the experiment's engine when it
	// is not "".
	Engine settings.Engine
	// Full and Matrices ask the metrics for more than the experiment does:
	// full measures, and the matrices behind them in files of their own.
	Full, Matrices bool
	// Formats are those that tables are written in beside Arrow, as well as the
	// experiment's.
	Formats []arrowfile.Format
	// Provenance is recorded in experiment.toml.
	Provenance settings.Provenance
}

// run is a run folder at work.
type run struct {
	exp      settings.Experiment
	opts     Options
	folder   *folder
	manifest manifest
	log      *slog.Logger // to the caller and to log.jsonl
	file     *slog.Logger // to log.jsonl alone
	logFile  *os.File
	data     *datasets.Dataset // once it is needed
	model    *training.Net     // once it is needed
	given    *graphs.Model     // the graph that it was built from, until the folder has its copy
	shown    bool              // whether its summary was shown
	progress *recorder
	foreign  bool            // whether the settings are the folder's, not the caller's
	trackers *trackers       // what the run's numbers are passed on to
	worked   bool            // whether any stage was run
	coming   map[string]bool // in a plan, the files that stages before would write
}

// Run brings an experiment's run folder up to date: stages that are done with
// these settings, and whose files are untouched, are skipped; an interrupted
// training goes on from its last checkpoint. It returns the folder's path.
func Run(ctx context.Context, e settings.Experiment, o Options) (path string, err error) {
	if err := e.Check(); err != nil {
		return "", err
	}
	path = filepath.Join(e.RunsDir, e.UID())
	net, given, err := netOfNewRun(e, path)
	if err != nil {
		return "", err
	}
	f, err := claim(path, e, o)
	if err != nil {
		return "", err
	}
	r, err := open(f, e, o)
	if err != nil {
		return "", err
	}
	defer func() { r.end(err) }()
	r.model, r.given = net, given
	if e.ForceRetrain {
		if err := r.discardTraining(); err != nil {
			return "", err
		}
	}
	if err := r.startable(); err != nil {
		return "", err
	}
	if err := r.begin(ctx); err != nil {
		return "", err
	}
	r.startTracking()
	return path, r.finishTracking(r.interchanged(r.runStages(ctx)))
}

// netOfNewRun builds the model of a run that begins anew, before there is a
// folder of it: a model that cannot be used leaves no folder behind, and moves
// none away. It returns nil for a run that may be done already; given is the
// graph as it was read, if it is of one.
func netOfNewRun(e settings.Experiment, path string) (net *training.Net, given *graphs.Model, err error) {
	if files.Exists(path) && !e.Force {
		return nil, nil, nil
	}
	if first := settings.Stages()[0]; e.From != "" && e.From != first {
		return nil, nil, &settings.UsageError{Setting: "from", Reason: fmt.Sprintf("stage %s cannot begin: in %s nothing was done before", e.From, path), Hint: "leave --from out"}
	}
	return newNet(e)
}

// newNet builds the experiment's model, of a graph as it is given, and checks
// that it can be trained.
func newNet(e settings.Experiment) (net *training.Net, given *graphs.Model, err error) {
	if err := e.CheckOwnClasses(); err != nil {
		return nil, nil, err
	}
	if net, given, err = netAndGraph(e); err != nil {
		return nil, nil, err
	}
	return net, given, checkNet(e, net)
}

// RunStage runs one stage of a run folder again, whatever was done before; the
// stages before it must be done.
func RunStage(ctx context.Context, path string, s settings.Stage, o Options) (err error) {
	r, err := openRun(path, o)
	if err != nil {
		return err
	}
	defer func() { r.end(err) }()
	r.startTracking()
	return r.finishTracking(r.interchanged(r.do(ctx, s)))
}

// openRun opens a run folder by its own settings. It may be a stranger's: its
// settings make memdil read no graph but the folder's own copy, download nothing
// and talk to nobody.
func openRun(path string, o Options) (*run, error) {
	if runfolder.Is(path) { // another may be a whole disk, which nobody asked to look through
		if err := runfolder.Check(path); err != nil {
			return nil, err
		}
	}
	e, err := runfolder.Experiment(path)
	if err != nil {
		return nil, err
	}
	f, err := openFolder(path)
	if err != nil {
		return nil, err
	}
	r, err := open(f, e, o)
	if err != nil {
		return nil, err
	}
	r.foreign = true
	return r, nil
}

func (o Options) logger() *slog.Logger {
	if o.Log != nil {
		return o.Log
	}
	return slog.Default()
}

// open reads what is known of a run folder and opens its log. It takes over
// the folder, whatever comes of it.
func open(f *folder, e settings.Experiment, o Options) (*run, error) {
	if o.Reporter == nil {
		o.Reporter = Silent{}
	}
	r := &run{exp: e, opts: o, folder: f, progress: newRecorder(o.Reporter, f)}
	r.opts.Reporter = r.progress
	var err error
	if r.logFile, err = openLog(f.file(runfolder.LogFile)); err != nil {
		r.close()
		return nil, err
	}
	r.file = slog.New(slog.NewJSONHandler(r.logFile, nil))
	r.log = slog.New(slog.NewMultiHandler(o.logger().Handler(), r.file.Handler()))
	if r.manifest, err = readManifest(f); ignoreDamage(err) != nil {
		r.close()
		return nil, err
	}
	if err != nil {
		r.log.Warn("all stages run again: " + err.Error())
		r.manifest = manifest{}
	}
	return r, nil
}

// openLog opens a log to append to it. A line that a killed process has left
// half written is ended first, so that it spoils no other.
func openLog(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the run's log: %w", err)
	}
	last := make([]byte, 1)
	if size, err := f.Seek(0, io.SeekEnd); err == nil && size > 0 {
		if _, err := f.ReadAt(last, size-1); err == nil && last[0] != '\n' {
			_, _ = f.WriteString("\n") // a log that cannot be written to stops nobody
		}
	}
	return f, nil
}

// end notes how the call ended and gives the folder back.
func (r *run) end(err error) {
	r.progress.end(err, r.manifest.complete())
	r.close()
}

func (r *run) close() {
	if r.logFile != nil {
		_ = r.logFile.Close() // every note is in the file already
	}
	if r.data != nil {
		_ = r.data.Close() // nothing reads the images any more
	}
	_ = r.folder.close()
}

// begin shows and records a training that is to come. What a training was
// done with is not changed afterwards.
func (r *run) begin(ctx context.Context) error {
	old, made, err := settings.ReadTOML(r.folder.file(runfolder.ExperimentFile))
	if err == nil && r.stale(settings.StageTrain) == "" {
		return r.recordLater(old, made)
	}
	net, err := r.net()
	if err != nil {
		return err
	}
	if err := r.record(ctx); err != nil {
		return err
	}
	if err := r.keepGraph(); err != nil {
		return err
	}
	return writeTensors(r.folder.file(runfolder.TensorsFile), net)
}

// record writes experiment.toml, unless it says the same already.
func (r *run) record(ctx context.Context) error {
	path := r.folder.file(runfolder.ExperimentFile)
	if old, provenance, err := settings.ReadTOML(path); err == nil {
		there, err := settings.EncodeTOML(old, provenance)
		if err != nil {
			return err
		}
		here, err := settings.EncodeTOML(r.exp, provenance)
		if err != nil || bytes.Equal(here, there) {
			return err
		}
	}
	rt, err := ort.LoadFor(ctx, r.exp.Device)
	if err != nil {
		return err
	}
	r.opts.Provenance.Runtime, r.opts.Provenance.CPU = rt.Info().Version, machine.Processor()
	text, err := settings.EncodeTOML(r.exp, r.opts.Provenance)
	if err != nil {
		return err
	}
	return files.Write(path, text)
}

// recordLater writes the settings of the stages after training into
// experiment.toml, where they are not what it says.
func (r *run) recordLater(old settings.Experiment, made settings.Provenance) error {
	if len(r.exp.Differences(old, settings.StageReport)) == 0 {
		return nil
	}
	for _, s := range settings.Table() {
		if s.Hashed && s.Stage.After(settings.StageTrain) {
			if err := old.Set(s.Name, s.Text(r.exp)); err != nil {
				return fmt.Errorf("recording %s: %w", s.Name, err)
			}
		}
	}
	text, err := settings.EncodeTOML(old, made)
	if err != nil {
		return err
	}
	return files.Write(r.folder.file(runfolder.ExperimentFile), text)
}
