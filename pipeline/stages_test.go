package pipeline

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// with returns a copy of an experiment with further settings.
func with(t *testing.T, e settings.Experiment, set ...string) settings.Experiment {
	t.Helper()
	for i := 0; i < len(set); i += 2 {
		if err := e.Set(set[i], set[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// plan returns what becomes of each stage, in one line, and the reasons.
func plan(t *testing.T, e settings.Experiment) (actions string, reasons map[settings.Stage]string) {
	t.Helper()
	p, err := NewPlan(e)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	reasons = map[settings.Stage]string{}
	for _, s := range p.Stages {
		words = append(words, string(s.Action))
		reasons[s.Stage] = s.Reason
	}
	return strings.Join(words, ", "), reasons
}

// TestPlan plans runs in every state of a folder, and finds that Run does what
// was planned.
func TestPlan(t *testing.T) {
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.Remove(filepath.Join(path, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	nothing := func(*testing.T, string) {}
	for _, c := range []struct {
		name   string
		before func(t *testing.T, path string)
		set    []string
		want   string
		of     settings.Stage // a stage whose
		reason string         // reason has this in it
		does   []settings.Stage
	}{
		{"done", nothing, nil, "done, done, done, done, done", settings.StageData, "", nil},
		{"metrics gone", remove(runfolder.MetricsFile), nil, "done, done, done, runs, may run", settings.StageReport, "if stage metrics writes another metrics.json", []settings.Stage{settings.StageMetrics}},
		{"other engine", nothing, []string{"engine", "onnx-go"}, "done, done, runs, runs, runs", settings.StageExport,
			"it was done with other settings (engine ort, now onnx-go)", []settings.Stage{settings.StageExport, settings.StageMetrics, settings.StageReport}},
		{"from metrics", nothing, []string{"from", "metrics"}, "left out, left out, left out, runs, runs", settings.StageMetrics, "--from metrics", []settings.Stage{settings.StageMetrics, settings.StageReport}},
		{"until export", remove(runfolder.TestFeatures), []string{"until", "export"}, "done, done, runs, left out, left out", settings.StageExport, "test.arrow is missing", []settings.Stage{settings.StageExport}},
		{"force_retrain", nothing, []string{"force_retrain", "true"}, "done, runs, may run, may run, may run", settings.StageTrain, neverDone, []settings.Stage{settings.StageTrain, settings.StageReport}},
		{"from train", nothing, []string{"from", "train"}, "left out, runs, runs, runs, runs", settings.StageTrain, "; it goes on after 2 of 2 epochs", []settings.Stage{settings.StageTrain, settings.StageExport, settings.StageMetrics, settings.StageReport}},
		{"force", nothing, []string{"force", "true"}, "runs, runs, runs, runs, runs", settings.StageTrain, neverDone, settings.Stages()},
		{"anew", func(t *testing.T, path string) { _ = os.RemoveAll(path) }, nil, "runs, runs, runs, runs, runs", settings.StageData, neverDone, settings.Stages()},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, path := finished(t)
			e = with(t, e, c.set...)
			c.before(t, path)
			var before map[string]string
			if files.Exists(path) {
				before = contents(t, path)
			}
			actions, reasons := plan(t, e)
			if actions != c.want || !strings.Contains(reasons[c.of], c.reason) {
				t.Errorf("planned %s, want %s; stage %s: %q, want %q", actions, c.want, c.of, reasons[c.of], c.reason)
			}
			if before == nil && files.Exists(path) || before != nil && !maps.Equal(before, contents(t, path)) {
				t.Error("planning changed files")
			}
			if done, _ := stagesOf(t, e); !slices.Equal(done, c.does) {
				t.Errorf("ran %v, want %v", done, c.does)
			}
		})
	}
}

// TestPlanRefuses plans what cannot be run.
func TestPlanRefuses(t *testing.T) {
	e, path := finished(t)
	for _, c := range []struct {
		e    settings.Experiment
		want string
	}{
		{with(t, e, "lr", "0.07"), "lr: 0.07 here, 0.05 there"},
		{with(t, e, "uid", "new", "from", "metrics"), "from: stage metrics cannot begin: in " + filepath.Join(e.RunsDir, "new") + " nothing was done before; leave --from out"},
	} {
		_, planned := NewPlan(c.e)
		_, run := Run(t.Context(), c.e, quiet())
		var mistake *settings.UsageError
		if !errors.As(planned, &mistake) || run == nil || planned.Error() != run.Error() || !strings.Contains(run.Error(), c.want) {
			t.Errorf("planning: %v, running: %v, want %q", planned, run, c.want)
		}
	}
	if files.Exists(filepath.Join(e.RunsDir, "new")) {
		t.Error("a run that is refused leaves a folder")
	}
	if err := os.Remove(filepath.Join(path, runfolder.TrainFeatures)); err != nil {
		t.Fatal(err)
	}
	want := "from: stage metrics cannot begin: stage export comes first, and " + filepath.Join(path, runfolder.TrainFeatures) + " is missing; give --from export, or leave it out"
	if _, err := Run(t.Context(), with(t, e, "from", "metrics"), quiet()); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestStageVersion pretends that an older memdil has measured: metrics run
// again, and no more.
func TestStageVersion(t *testing.T) {
	e, path := finished(t)
	f := &folder{path: path}
	m, err := readManifest(f)
	if err != nil {
		t.Fatal(err)
	}
	record := m[settings.StageMetrics]
	record.Version--
	m[settings.StageMetrics] = record
	if err := m.write(f); err != nil {
		t.Fatal(err)
	}
	if done, warnings := stagesOf(t, e); !slices.Equal(done, []settings.Stage{settings.StageMetrics}) || !strings.Contains(warnings, "another version of memdil") {
		t.Errorf("ran %v with warnings %q", done, warnings)
	}
}

// TestLaterSettings changes what comes after training: it is not refused, and
// recorded.
func TestLaterSettings(t *testing.T) {
	e, path := finished(t)
	before := contents(t, path)
	mustRun(t, with(t, e, "engine", "onnx-go", "threads", "7"))
	recorded, _, err := settings.ReadTOML(filepath.Join(path, runfolder.ExperimentFile))
	if err != nil || recorded.Engine != settings.EngineONNXGo || recorded.Threads != 1 {
		t.Errorf("engine %s and %d threads are recorded (%v)", recorded.Engine, recorded.Threads, err)
	}
	mustRun(t, e)
	after := contents(t, path)
	for _, name := range append([]string{runfolder.ExperimentFile}, results...) {
		if before[name] != after[name] {
			t.Errorf("%s is not what it was", name)
		}
	}
}

// TestDeleteModel runs an experiment whose model is deleted in the end: it
// stays done, and is trained again when something needs it.
func TestDeleteModel(t *testing.T) {
	e, path := finished(t)
	_, want := finished(t)
	e = with(t, e, "delete_model", "true")
	for range 2 {
		if done, _ := stagesOf(t, e); len(done) > 0 {
			t.Errorf("ran %v", done)
		}
		for name := range contents(t, path) {
			if name == runfolder.ModelFile || strings.Contains(name, ".ckpt") {
				t.Errorf("%s is there", name)
			}
		}
	}
	err := RunStage(t.Context(), path, settings.StageExport, quiet())
	if err == nil || !strings.Contains(err.Error(), "was deleted on request: `memdil run --from train` makes it anew") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(filepath.Join(path, runfolder.TestFeatures)); err != nil {
		t.Fatal(err)
	}
	e = with(t, e, "delete_model", "false")
	if _, reasons := plan(t, e); !strings.Contains(reasons[settings.StageTrain], "model.onnx was deleted, and stage export needs it: ") {
		t.Errorf("planned training because %q", reasons[settings.StageTrain])
	}
	done, _ := stagesOf(t, e)
	if !slices.Equal(done, []settings.Stage{settings.StageTrain, settings.StageExport, settings.StageReport}) {
		t.Errorf("ran %v", done)
	}
	sameResults(t, path, want)
}

// TestSettingsDamage goes on with a run whose experiment.toml is broken or
// gone, by what else the folder knows; not with another one.
func TestSettingsDamage(t *testing.T) {
	for name, damage := range map[string]func(string) error{
		"removed": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			e, path := finished(t)
			file := filepath.Join(path, runfolder.ExperimentFile)
			was, _, err := settings.ReadTOML(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(file); err != nil {
				t.Fatal(err)
			}
			if _, err := Run(t.Context(), with(t, e, "lr", "0.07"), quiet()); err == nil || !strings.Contains(err.Error(), "--force moves the folder away") {
				t.Errorf("another experiment: error %v", err)
			}
			mustRun(t, e)
			is, _, err := settings.ReadTOML(file)
			if err != nil || len(is.Differences(was, settings.StageReport)) > 0 {
				t.Errorf("%v, differences %q", err, is.Differences(was, settings.StageReport))
			}
		})
	}
}
