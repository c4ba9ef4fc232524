package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/report/tracking"
)

const (
	eventsDir   = "tensorboard" // of event files, in the run folder
	mlflowState = "mlflow.json" // in runfolder.CheckpointsDir

	// trustedServer is the environment variable that names the user's own
	// server, as MLflow's tools have it.
	trustedServer = "MLFLOW_TRACKING_URI"
)

// trackers are what a run's numbers are passed on to.
type trackers struct {
	run    *run
	mlflow *tracking.MLflow      // nil unless asked for
	events *tracking.TensorBoard // nil until there is something to write
}

// startTracking begins to pass on what the run measures.
func (r *run) startTracking() {
	r.trackers = &trackers{run: r}
	switch {
	case r.exp.MLflow == "":
		return
	case r.foreign && os.Getenv(trustedServer) != r.exp.MLflow:
		// It would get the user's token, at the address that a file names.
		r.log.Warn("the MLflow server that "+runfolder.ExperimentFile+" names is told nothing: "+trustedServer+" does not say that it is yours", "mlflow", r.exp.MLflow)
		return
	}
	r.trackers.mlflow = tracking.ConnectMLflow(tracking.Server{
		URI: r.exp.MLflow, Experiment: r.exp.MLflowExperiment, Run: runfolder.Name(r.folder.path),
		Params: params(r.exp), Tags: r.tags(),
		State: r.folder.checkpoint(mlflowState), Key: r.exp.Hash(settings.StageTrain), Log: r.log,
	})
}

// tags say what made the run, in MLflow's way.
func (r *run) tags() []tracking.Param {
	return []tracking.Param{
		{Name: "mlflow.source.name", Value: "memdil"}, {Name: "mlflow.source.type", Value: "LOCAL"},
		{Name: "memdil.version", Value: r.opts.Provenance.Memdil},
	}
}

// params are the settings that results depend on and that have an effect.
func params(e settings.Experiment) []tracking.Param {
	var all []tracking.Param
	for _, s := range settings.Table() {
		if s.Hashed && !s.Idle(e) {
			all = append(all, tracking.Param{Name: s.Name, Value: s.Value(e)})
		}
	}
	return all
}

// add passes the history on, which the trackers know but for its end.
func (t *trackers) add(epochs []history.Epoch) {
	if t == nil {
		return
	}
	t.each(true, func(to tracking.Tracker) { to.Add(historyPoints(epochs)...) })
}

// each visits the trackers. With open, the event file is begun if need be.
func (t *trackers) each(open bool, visit func(tracking.Tracker)) {
	if open && t.events == nil && t.run.exp.TensorBoard {
		t.events = tracking.OpenTensorBoard(t.run.folder.file(eventsDir), params(t.run.exp), t.run.log)
	}
	if t.events != nil {
		visit(t.events)
	}
	if t.mlflow != nil {
		visit(t.mlflow)
	}
}

// finishTracking passes on what the run folder holds in the end, and how the
// run ended; it returns err. A run that had nothing to do writes no new event
// file beside the one that is there.
func (r *run) finishTracking(err error) error {
	t := r.trackers
	status := tracking.Finished
	switch {
	case errors.Is(err, context.Canceled):
		status = tracking.Stopped
	case err != nil:
		status = tracking.Failed
	}
	var points []tracking.Point
	if epochs, broken := history.Read(r.folder.file(runfolder.HistoryFile)); broken == nil {
		points = historyPoints(epochs)
		if results, broken := measure.Read(r.folder.file(runfolder.MetricsFile)); broken == nil && len(epochs) > 0 && err == nil {
			points = append(points, resultPoints(results, int64(epochs[len(epochs)-1].Epoch))...)
		}
	}
	written, _ := fs.Glob(os.DirFS(r.folder.file(eventsDir)), "*tfevents*") // the pattern is sound
	t.each(r.worked || len(written) == 0, func(to tracking.Tracker) {
		to.Add(points...)
		if err == nil {
			to.Attach(r.artifacts()...)
		}
		to.Finish(status)
	})
	return err
}

// artifacts are the files of a run worth keeping on a server, the largest last.
func (r *run) artifacts() []tracking.File {
	names := []string{runfolder.ExperimentFile, runfolder.MetricsFile, runfolder.HistoryFile, runfolder.StatisticsFile, filepath.Join(runfolder.ReportDir, "index.html")}
	figures, _ := fs.Glob(os.DirFS(r.folder.path), runfolder.ReportDir+"/figures/*.png") // the pattern is sound
	for _, f := range figures {
		names = append(names, filepath.FromSlash(f))
	}
	names = append(names, runfolder.ModelFile)
	var all []tracking.File
	for _, name := range names {
		if path := r.folder.file(name); files.Exists(path) {
			all = append(all, tracking.File{Name: filepath.ToSlash(name), Path: path})
		}
	}
	return all
}

// historyPoints returns every number of a history under the name of its column.
func historyPoints(epochs []history.Epoch) []tracking.Point {
	var points []tracking.Point
	for _, e := range epochs {
		for name, v := range e.Numbers() {
			points = append(points, tracking.Point{Name: name, Step: int64(e.Epoch), Value: v})
		}
	}
	return points
}

// resultPoints returns the numbers of metrics.json that are of a split as a
// whole, as train/nc1 and train/memorization.mean.
func resultPoints(r *measure.Results, step int64) []tracking.Point {
	text, err := json.Marshal(r)
	if err != nil {
		panic("pipeline: results do not marshal: " + err.Error())
	}
	var tree map[string]map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic("pipeline: results do not unmarshal: " + err.Error())
	}
	var points []tracking.Point
	for _, split := range slices.Sorted(maps.Keys(tree)) {
		points = append(points, numbersOf(split+"/", tree[split], step)...)
	}
	return points
}

func numbersOf(prefix string, tree map[string]any, step int64) []tracking.Point {
	var points []tracking.Point
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		switch v := tree[key].(type) {
		case float64:
			points = append(points, tracking.Point{Name: prefix + key, Step: step, Value: v})
		case map[string]any:
			points = append(points, numbersOf(prefix+key+".", v, step)...)
		}
	}
	return points
}
