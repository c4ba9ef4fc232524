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
)

// set returns a copy of an experiment with further settings.
func (e Experiment) with(t *testing.T, settings ...string) Experiment {
	t.Helper()
	for i := 0; i < len(settings); i += 2 {
		if err := e.Set(settings[i], settings[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// plan returns what becomes of each stage, in one line, and the reasons.
func plan(t *testing.T, e Experiment) (actions string, reasons map[Stage]string) {
	t.Helper()
	p, err := NewPlan(e)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	reasons = map[Stage]string{}
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
		name     string
		before   func(t *testing.T, path string)
		settings []string
		want     string
		of       Stage  // a stage whose
		reason   string // reason has this in it
		does     []Stage
	}{
		{"done", nothing, nil, "done, done, done, done, done", StageData, "", nil},
		{"metrics gone", remove(MetricsFile), nil, "done, done, done, runs, may run", StageReport, "if stage metrics writes another metrics.json", []Stage{StageMetrics}},
		{"other engine", nothing, []string{"engine", "onnx-go"}, "done, done, runs, runs, runs", StageExport,
			"it was done with other settings (engine ort, now onnx-go)", []Stage{StageExport, StageMetrics, StageReport}},
		{"from metrics", nothing, []string{"from", "metrics"}, "left out, left out, left out, runs, runs", StageMetrics, "--from metrics", []Stage{StageMetrics, StageReport}},
		{"until export", remove(TestFeatures), []string{"until", "export"}, "done, done, runs, left out, left out", StageExport, "test.arrow is missing", []Stage{StageExport}},
		{"force_retrain", nothing, []string{"force_retrain", "true"}, "done, runs, may run, may run, may run", StageTrain, neverDone, []Stage{StageTrain, StageReport}},
		{"from train", nothing, []string{"from", "train"}, "left out, runs, runs, runs, runs", StageTrain, "; it goes on after 2 of 2 epochs", []Stage{StageTrain, StageExport, StageMetrics, StageReport}},
		{"force", nothing, []string{"force", "true"}, "runs, runs, runs, runs, runs", StageTrain, neverDone, stages},
		{"anew", func(t *testing.T, path string) { _ = os.RemoveAll(path) }, nil, "runs, runs, runs, runs, runs", StageData, neverDone, stages},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, path := finished(t)
			e = e.with(t, c.settings...)
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
		e    Experiment
		want string
	}{
		{e.with(t, "lr", "0.07"), "lr: 0.07 here, 0.05 there"},
		{e.with(t, "uid", "new", "from", "metrics"), "from: stage metrics cannot begin: in " + filepath.Join(e.RunsDir, "new") + " nothing was done before; leave --from out"},
	} {
		_, planned := NewPlan(c.e)
		_, run := Run(t.Context(), c.e, quiet())
		var mistake *UsageError
		if !errors.As(planned, &mistake) || run == nil || planned.Error() != run.Error() || !strings.Contains(run.Error(), c.want) {
			t.Errorf("planning: %v, running: %v, want %q", planned, run, c.want)
		}
	}
	if files.Exists(filepath.Join(e.RunsDir, "new")) {
		t.Error("a run that is refused leaves a folder")
	}
	if err := os.Remove(filepath.Join(path, TrainFeatures)); err != nil {
		t.Fatal(err)
	}
	want := "from: stage metrics cannot begin: stage export comes first, and " + filepath.Join(path, TrainFeatures) + " is missing; give --from export, or leave it out"
	if _, err := Run(t.Context(), e.with(t, "from", "metrics"), quiet()); err == nil || err.Error() != want {
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
	record := m[StageMetrics]
	record.Version--
	m[StageMetrics] = record
	if err := m.write(f); err != nil {
		t.Fatal(err)
	}
	if done, warnings := stagesOf(t, e); !slices.Equal(done, []Stage{StageMetrics}) || !strings.Contains(warnings, "another version of memdil") {
		t.Errorf("ran %v with warnings %q", done, warnings)
	}
}

// TestLaterSettings changes what comes after training: it is not refused, and
// recorded.
func TestLaterSettings(t *testing.T) {
	e, path := finished(t)
	before := contents(t, path)
	mustRun(t, e.with(t, "engine", "onnx-go", "threads", "7"))
	recorded, _, err := ReadTOML(filepath.Join(path, ExperimentFile))
	if err != nil || recorded.Engine != EngineONNXGo || recorded.Threads != 1 {
		t.Errorf("engine %s and %d threads are recorded (%v)", recorded.Engine, recorded.Threads, err)
	}
	mustRun(t, e)
	after := contents(t, path)
	for _, name := range append([]string{ExperimentFile}, results...) {
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
	e = e.with(t, "delete_model", "true")
	for range 2 {
		if done, _ := stagesOf(t, e); len(done) > 0 {
			t.Errorf("ran %v", done)
		}
		for name := range contents(t, path) {
			if name == ModelFile || strings.Contains(name, ".ckpt") {
				t.Errorf("%s is there", name)
			}
		}
	}
	err := RunStage(t.Context(), path, StageExport, quiet())
	if err == nil || !strings.Contains(err.Error(), "was deleted on request: `memdil run --from train` makes it anew") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(filepath.Join(path, TestFeatures)); err != nil {
		t.Fatal(err)
	}
	e = e.with(t, "delete_model", "false")
	if _, reasons := plan(t, e); !strings.Contains(reasons[StageTrain], "model.onnx was deleted, and stage export needs it: ") {
		t.Errorf("planned training because %q", reasons[StageTrain])
	}
	done, _ := stagesOf(t, e)
	if !slices.Equal(done, []Stage{StageTrain, StageExport, StageReport}) {
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
			file := filepath.Join(path, ExperimentFile)
			before := contents(t, path)[ExperimentFile]
			if err := damage(file); err != nil {
				t.Fatal(err)
			}
			if _, err := Run(t.Context(), e.with(t, "lr", "0.07"), quiet()); err == nil || !strings.Contains(err.Error(), "--force moves the folder away") {
				t.Errorf("another experiment: error %v", err)
			}
			mustRun(t, e)
			was, _, err := parseTOML([]byte(before))
			if err != nil {
				t.Fatal(err)
			}
			is, _, err := ReadTOML(file)
			if err != nil || len(is.Differences(was)) > 0 {
				t.Errorf("%v, differences %q", err, is.Differences(was))
			}
		})
	}
}
