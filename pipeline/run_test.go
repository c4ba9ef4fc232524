package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// TestRunAgain runs an experiment again whose folder was copied from elsewhere:
// nothing is done and no byte changes.
func TestRunAgain(t *testing.T) {
	e, path := finished(t)
	before := contents(t, path)
	if done, warnings := stagesOf(t, e); len(done) > 0 || warnings != "" {
		t.Errorf("ran %v with warnings %q, want none", done, warnings)
	}
	after := contents(t, path)
	if !maps.Equal(before, after) {
		t.Error("the second run changed files")
	}
}

// TestReproducible runs the same experiment in two places.
func TestReproducible(t *testing.T) {
	_, want := finished(t)
	sameResults(t, mustRun(t, tiny(t, t.TempDir())), want)
}

// TestLargeBatch asks for batches of more samples than there are.
func TestLargeBatch(t *testing.T) {
	want := mustRun(t, tiny(t, t.TempDir(), "batch_size", "200"))
	sameResults(t, mustRun(t, tiny(t, t.TempDir(), "batch_size", "500")), want)
}

// TestMetricsFile looks at what metrics.json must and must not hold.
func TestMetricsFile(t *testing.T) {
	_, path := finished(t)
	data, err := os.ReadFile(filepath.Join(path, runfolder.MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]map[string]any
	if err := json.Unmarshal(data, &keys); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(keys)); !slices.Equal(got, []string{"test", "train"}) {
		t.Errorf("metrics.json has the keys %v", got)
	}
	host, _ := os.Hostname()
	for _, no := range []string{path, os.TempDir() + "/", "seconds", "time", "host", `"` + host + `"`} {
		if strings.Contains(string(data), no) {
			t.Errorf("metrics.json holds %q", no)
		}
	}
	r, err := measure.Read(filepath.Join(path, runfolder.MetricsFile))
	if err != nil || r.Train.N != 200 || r.Test.N != 600 || r.Train.Classes != 2 {
		t.Errorf("read %+v, %v", r, err)
	}
}

// TestDamage changes or removes one file of a finished run, and runs it again.
func TestDamage(t *testing.T) {
	e, path := finished(t)
	_, want := finished(t)
	truncate := func(name string) error { return os.Truncate(name, 100) }
	flip := func(name string) error { // one bit, size unchanged
		data, err := os.ReadFile(name)
		if err == nil {
			data[len(data)/2] ^= 1
			err = os.WriteFile(name, data, 0o644)
		}
		return err
	}
	for _, c := range []struct {
		name   string
		file   string
		damage func(string) error
		first  settings.Stage // the first stage that must run again
	}{
		{"samples removed", runfolder.SamplesFile, os.Remove, settings.StageData},
		{"samples truncated", runfolder.SamplesFile, truncate, settings.StageData},
		{"model removed", runfolder.ModelFile, os.Remove, settings.StageTrain},
		{"model truncated", runfolder.ModelFile, truncate, settings.StageTrain},
		{"model changed", runfolder.ModelFile, flip, settings.StageTrain},
		{"features removed", "features", os.RemoveAll, settings.StageExport},
		{"features empty", runfolder.TrainFeatures, func(n string) error { return os.Truncate(n, 0) }, settings.StageExport},
		{"test features changed", runfolder.TestFeatures, flip, settings.StageExport},
		{"metrics truncated", runfolder.MetricsFile, truncate, settings.StageMetrics},
		{"statistics changed", runfolder.StatisticsFile, flip, settings.StageMetrics},
		{"page removed", runfolder.ReportDir, os.RemoveAll, settings.StageReport},
		{"stages truncated", "checkpoints/stages.json", truncate, settings.StageData},
		{"stages of null", "checkpoints/stages.json", func(n string) error { return os.WriteFile(n, []byte("null"), 0o644) }, settings.StageData},
		{"stages removed", "checkpoints/stages.json", os.Remove, settings.StageData},
		{"checkpoints removed", "checkpoints", os.RemoveAll, settings.StageData},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.damage(filepath.Join(path, c.file)); err != nil {
				t.Fatal(err)
			}
			done, warnings := stagesOf(t, e)
			if len(done) == 0 || done[0] != c.first {
				t.Errorf("ran %v, want %s first", done, c.first)
			}
			if silent := strings.HasSuffix(c.name, "removed") && strings.HasPrefix(c.file, "checkpoints"); silent != (warnings == "") {
				t.Errorf("warnings %q", warnings)
			}
			sameResults(t, path, want)
		})
	}
}

// TestCheckpointDamage damages the checkpoint and a file that only training
// writes: training starts anew.
func TestCheckpointDamage(t *testing.T) {
	e, path := finished(t)
	_, want := finished(t)
	for _, name := range []string{"checkpoints/last.ckpt", runfolder.ModelFile} {
		if err := os.Truncate(filepath.Join(path, name), 500); err != nil {
			t.Fatal(err)
		}
	}
	done, warnings := stagesOf(t, e)
	// The history has other times, so that the report is drawn anew.
	if !slices.Equal(done, []settings.Stage{settings.StageTrain, settings.StageReport}) || !strings.Contains(warnings, "training starts anew: there is no intact checkpoint") {
		t.Errorf("ran %v with warnings %q", done, warnings)
	}
	sameResults(t, path, want)
}

// TestOtherSettings refuses a run folder of other settings, and moves it away
// on demand.
func TestOtherSettings(t *testing.T) {
	e, path := finished(t)
	dir := e.RunsDir
	before := contents(t, path)
	other := tiny(t, dir, "lr", "0.07", "epochs", "1")
	_, err := Run(t.Context(), other, quiet())
	if _, ok := errors.AsType[*settings.UsageError](err); !ok {
		t.Fatalf("error %v, want a *UsageError", err)
	}
	for _, part := range []string{path, "lr: 0.07 here, 0.05 there", "epochs: 1 here, 2 there", "--uid", "--force"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
	if !maps.Equal(before, contents(t, path)) {
		t.Error("the refused run changed files")
	}
	other.Force = true
	for _, backup := range []string{".backup-1", ".backup-2"} {
		if mustRun(t, other) != path {
			t.Error("the forced run has another folder")
		}
		if _, err := measure.Read(filepath.Join(path+backup, runfolder.MetricsFile)); err != nil {
			t.Error(err)
		}
	}
	if !maps.Equal(before, contents(t, path+".backup-1")) {
		t.Error("the backup changed files")
	}
	if h := timeless(t, path); len(h) != 1 {
		t.Errorf("the new folder has %d epochs", len(h))
	}
}

// TestUnhashed goes on with an experiment whose data and threads moved: they
// are recorded anew while there is something to train, and left alone after.
func TestUnhashed(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := cancelled(t)
	o := quiet()
	o.Reporter = &watcher{epoch: func(history.Epoch) { cancel() }}
	if _, err := Run(ctx, tiny(t, dir), o); err == nil {
		t.Fatal("not interrupted")
	}
	for _, threads := range []string{"2", "1"} {
		path := mustRun(t, tiny(t, dir, "threads", threads))
		e, _, err := settings.ReadTOML(filepath.Join(path, runfolder.ExperimentFile))
		if err != nil || e.Threads != 2 {
			t.Errorf("run with threads %s: %d are recorded, want 2 (%v)", threads, e.Threads, err)
		}
	}
}

// TestRunStage runs single stages of a finished and of an empty run folder.
func TestRunStage(t *testing.T) {
	e, path := finished(t)
	_, want := finished(t)
	for _, s := range settings.Stages() {
		if err := RunStage(t.Context(), path, s, quiet()); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	sameResults(t, path, want)
	if done, _ := stagesOf(t, e); len(done) > 0 {
		t.Errorf("%v ran again after stages that changed nothing", done)
	}
	other, empty := t.TempDir(), t.TempDir()
	if err := os.Symlink("/", filepath.Join(other, "root")); err != nil {
		t.Fatal(err)
	}
	var mistake *settings.UsageError
	if err := RunStage(t.Context(), other, settings.StageTrain, quiet()); !errors.As(err, &mistake) || !strings.Contains(err.Error(), "is no run folder") {
		t.Errorf("error %v of a folder that is none", err)
	}
	set, err := os.ReadFile(filepath.Join(path, runfolder.ExperimentFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(empty, runfolder.ExperimentFile), set, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings.Stages()[1:] {
		if err := RunStage(t.Context(), empty, s, quiet()); err == nil || !strings.Contains(err.Error(), "which is missing") {
			t.Errorf("%s of an empty folder: error %v", s, err)
		}
	}
}

// TestRunsDirFile names a file where the run folders are to lie.
func TestRunsDirFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var mistake *settings.UsageError
	if _, err := Run(t.Context(), tiny(t, file), quiet()); !errors.As(err, &mistake) || mistake.Error() != "runs_dir: "+file+" is not a folder; name one, which may be a new one" {
		t.Errorf("error %v", err)
	}
}

// TestHeld runs an experiment in a folder that is being written to, and in one
// that a dead process left.
func TestHeld(t *testing.T) {
	e := tiny(t, t.TempDir(), "epochs", "1")
	path := filepath.Join(e.RunsDir, e.UID())
	f, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, force := range []bool{false, true} {
		e.Force = force
		if _, err := Run(t.Context(), e, quiet()); err == nil || !strings.Contains(err.Error(), path+" is held by another process") {
			t.Errorf("error %v of a held folder", err)
		}
	}
	e.Force = false
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	leftovers := []string{".metrics.json123", "features/.train.arrow99887766", "checkpoints/.last.ckpt5"}
	if err := os.MkdirAll(filepath.Join(path, "features"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(leftovers, ".keep", ".notes.txt") {
		if err := os.WriteFile(filepath.Join(path, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, e)
	files := contents(t, path)
	for _, name := range leftovers {
		if _, left := files[name]; left {
			t.Errorf("%s is left", name)
		}
	}
	if files[".keep"] != "half" || files[".notes.txt"] != "half" {
		t.Error("a user's hidden file is gone")
	}
}

// TestSummary checks that the model's summary comes first, and once.
func TestSummary(t *testing.T) {
	w := &watcher{}
	w.stage = func(s settings.Stage, _ bool) {
		if w.text == "" {
			t.Errorf("stage %s comes before the summary", s)
		}
	}
	o := quiet()
	o.Reporter = w
	if _, err := Run(t.Context(), tiny(t, t.TempDir(), "epochs", "1"), o); err != nil {
		t.Fatal(err)
	}
	// 3072·8 + 8 + 2·8 of the first layer, 8·2 + 2 + 2·2 of the second, 2·2 + 2
	// of the classifier; running statistics of 2·8 + 2·2.
	want := regexp.MustCompile(`(?m)^layers\.0\.weight +8×3072 +24576\n(.*\n)*24628 parameters are trained, 20 numbers are not\n$`)
	if !want.MatchString(w.text) {
		t.Errorf("summary:\n%s", w.text)
	}
}

// TestNothingTrained corrects settings that failed before anything was
// trained: there is nothing to protect.
func TestNothingTrained(t *testing.T) {
	dir := t.TempDir()
	if _, err := Run(t.Context(), tiny(t, dir, "lr", "1e30"), quiet()); err == nil {
		t.Fatal("a rate of 1e30 is no mistake")
	}
	_, want := finished(t)
	path := mustRun(t, tiny(t, dir))
	sameResults(t, path, want)
	if e, _, err := settings.ReadTOML(filepath.Join(path, runfolder.ExperimentFile)); err != nil || e.LR != 0.05 {
		t.Errorf("recorded the rate %v, %v", e.LR, err)
	}
}

// TestDivergedInTheEnd takes one step too far, after which there is no more loss
// to see: the model is written, with a warning, and no epoch measured.
func TestDivergedInTheEnd(t *testing.T) {
	var log bytes.Buffer
	e := tiny(t, t.TempDir(), "epochs", "1", "batch_size", "all", "lr", "1e38", "until", "train",
		"measure_every", "1", "checkpoint_every_epoch", "true")
	path, err := Run(t.Context(), e, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if !files.Exists(filepath.Join(path, runfolder.ModelFile)) {
		t.Error("there is no model")
	}
	visit := func(epoch int, _ *measure.Results) error { return fmt.Errorf("epoch %d has results", epoch) }
	if err := MeasureEpochs(t.Context(), path, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, visit); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"try a smaller learning rate", "epoch 1 is not measured: ", "; the epoch is passed over"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in %s", want, &log)
		}
	}
	if h := timeless(t, path); len(h) != 1 {
		t.Errorf("%d epochs are left, want 1", len(h))
	}
	if stages, _ := stagesOf(t, e); len(stages) > 0 {
		t.Errorf("stages %v again", stages)
	}
}

// TestDiverged loses nothing that was computed before the loss was no number.
func TestDiverged(t *testing.T) {
	e := tiny(t, t.TempDir(), "epochs", "3", "decay_type", "step_1", "gamma", "1e30")
	_, err := Run(t.Context(), e, quiet())
	var diverged *train.DivergedError
	if !errors.As(err, &diverged) || diverged.Epoch != 2 || strings.Contains(err.Error(), "\n") {
		t.Fatalf("error %v, want a *train.DivergedError of epoch 2", err)
	}
	if h := timeless(t, filepath.Join(e.RunsDir, e.UID())); len(h) != 1 {
		t.Errorf("%d epochs are left, want 1", len(h))
	}
}

// TestBrokenFiles runs stages on files that are damaged: one line that names
// the file.
func TestBrokenFiles(t *testing.T) {
	for _, c := range []struct {
		file, content string
		stage         settings.Stage
		want          string
	}{
		{runfolder.ModelFile, "", settings.StageExport, "it is empty"},
		{runfolder.ModelFile, "\x08\x07", settings.StageExport, runfolder.ModelFile},
		{runfolder.SamplesFile, "ARROW1", settings.StageTrain, runfolder.SamplesFile},
		{runfolder.SamplesFile, "ARROW1", settings.StageExport, runfolder.SamplesFile},
		{runfolder.TrainFeatures, "", settings.StageMetrics, "train.arrow: the file is empty"},
		{runfolder.ClassifierFile, "ARROW1\x00\x00", settings.StageMetrics, "classifier.arrow"},
		{runfolder.HistoryFile, "ARROW1", settings.StageReport, runfolder.HistoryFile},
		{runfolder.MetricsFile, "{", settings.StageReport, "`memdil metrics` on the run folder makes it anew"},
		{runfolder.MetricsFile, "null", settings.StageReport, "train or test is missing"},
		{runfolder.ExperimentFile, "", settings.StageTrain, "there is no [experiment] table"},
		{runfolder.ExperimentFile, "[experiment]\nclasses = 11\n", settings.StageTrain, "11 asked for, but mnist has 10"},
	} {
		_, path := finished(t)
		if err := os.WriteFile(filepath.Join(path, c.file), []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		err := RunStage(t.Context(), path, c.stage, quiet())
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %q, stage %s: error %v, want %q", c.file, c.content, c.stage, err, c.want)
		}
	}
}

// TestEmbedded refuses what the embedded data do not have.
func TestEmbedded(t *testing.T) {
	for _, set := range [][]string{{"dataset", "fashionmnist"}, {"classes", "3"}, {"classes", "all"}} {
		e := tiny(t, t.TempDir(), set...)
		var mistake *settings.UsageError
		if err := e.Check(); !errors.As(err, &mistake) || mistake.Setting != "data_dir" {
			t.Errorf("%v: error %v", set, err)
		}
	}
}
