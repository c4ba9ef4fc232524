package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// stepLosses is a Reporter that finds the loss of every step in the means so
// far that memdil tells.
type stepLosses struct {
	Silent
	samples, size int // of an epoch, of a batch
	losses        []float64
	sum           float64
}

func (s *stepLosses) Batch(_, _, batch, _ int, mean float64) {
	if batch == 1 {
		s.sum = 0
	}
	before, now := (batch-1)*s.size, min(batch*s.size, s.samples)
	s.losses = append(s.losses, (mean*float64(now)-s.sum)/float64(now-before))
	s.sum = mean * float64(now)
}

// trained runs an experiment of 200 samples and returns the losses of its steps.
func trained(t *testing.T, e settings.Experiment) []float64 {
	t.Helper()
	s := stepLosses{samples: 200, size: e.BatchSize}
	o := quiet()
	o.Reporter = &s
	e.Until = settings.StageTrain
	if _, err := Run(t.Context(), e, o); err != nil {
		t.Fatal(err)
	}
	return s.losses
}

// exported writes an experiment's data and returns their folder.
func exported(t *testing.T, e settings.Experiment) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "exported")
	if err := ExportData(t.Context(), e, dir, quiet()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// checkLosses compares the losses of another program's steps with memdil's. The
// first ones agree to rounding, which training amplifies.
func checkLosses(t *testing.T, got, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%d steps, memdil took %d", len(got), len(want))
	}
	for i := range got {
		if off := math.Abs(got[i]-want[i]) / want[i]; !(off < 1e-6*math.Pow(1.3, float64(i))) {
			t.Errorf("loss of step %d: %v, memdil's %v", i+1, got[i], want[i])
			return
		}
	}
}

// TestExportData has onnxruntime train on exported data as memdil does: what
// differs in an image, a label, the order, a weight or a rate differs in a loss.
func TestExportData(t *testing.T) {
	for name, settings := range map[string][]string{
		"a partial batch":  {"loss", "LS", "patience", "1"},
		"a skipped sample": {"batch_size", "199"},
		"augmentation":     {"SOTA", "true"},
		"latent classes":   {"fourclass_problem", "true", "sample_size", "50", "optimizer", "Adam", "lr", "0.001"},
	} {
		t.Run(name, func(t *testing.T) {
			e := tiny(t, t.TempDir(), settings...)
			dir := exported(t, e)
			m, err := graphs.Load(filepath.Join(dir, InitialModelFile))
			if err != nil {
				t.Fatal(err)
			}
			net, err := training.NewNet(m, training.Options{Logits: "logits"})
			if err != nil {
				t.Fatal(err)
			}
			c := e.TrainConfig(net)
			step, err := net.Step(c.Objective, c.Optimizer)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "step.onnx")
			if err := graphs.Save(path, step); err != nil {
				t.Fatal(err)
			}
			out := python.Run(t, []string{"onnx", "onnxruntime"}, "testdata/train_export.py", dir, path)
			var losses []float64
			for _, line := range strings.Fields(out) {
				loss, err := strconv.ParseFloat(line, 64)
				if err != nil {
					t.Fatal(err)
				}
				losses = append(losses, loss)
			}
			checkLosses(t, losses, trained(t, e))
		})
	}
}

// TestPeer has PyTorch train on exported data as memdil does, and memdil measure
// what comes out.
func TestPeer(t *testing.T) {
	for _, loss := range []string{"CrossEntropy", "LS", "LR"} {
		e := tiny(t, t.TempDir(), "loss", loss)
		out := filepath.Join(t.TempDir(), "out")
		python.Run(t, []string{"torch", "onnx", "pyarrow"}, "../peer/train.py", exported(t, e), out)
		columns, _, err := features.ReadTable(filepath.Join(out, "steps.arrow"))
		if err != nil {
			t.Fatal(err)
		}
		losses, err := features.Values[float64](columns, "loss")
		if err != nil {
			t.Fatal(err)
		}
		checkLosses(t, losses, trained(t, e))
		ours, err := measure.Read(filepath.Join(mustRun(t, e), runfolder.MetricsFile))
		if err != nil {
			t.Fatal(err)
		}
		for split, want := range map[string]*metrics.Result{"train": ours.Train, "test": ours.Test} {
			r, notes, err := measure.Table(t.Context(), filepath.Join(out, "features", split+".arrow"), filepath.Join(out, runfolder.ClassifierFile), metrics.Options{})
			if err != nil || r.Split != split || r.Dim != 2 || !r.NC3WH.Defined() || len(notes) > 0 {
				t.Errorf("%s, %s: %+v, notes %q, error %v", loss, split, r, notes, err)
			}
			// Running statistics and the inference form count here too.
			for name, pair := range map[string][2]metrics.Float{"NC1": {r.NC1, want.NC1}, "tr Σ_W": {r.TraceSigmaW, want.TraceSigmaW}} {
				if off := math.Abs(float64(pair[0]/pair[1] - 1)); !(off < 1e-4) {
					t.Errorf("%s, %s: PyTorch's %s is %v, memdil's %v", loss, split, name, pair[0], pair[1])
				}
			}
		}
	}
}

// TestExportDataInPlace goes through what may be in the folder's place.
func TestExportDataInPlace(t *testing.T) {
	parent := t.TempDir()
	e := tiny(t, t.TempDir())
	force := tiny(t, t.TempDir(), "force", "true")
	full, empty, file := filepath.Join(parent, "full"), filepath.Join(parent, "empty"), filepath.Join(parent, "file")
	for _, dir := range []string{full, empty} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{filepath.Join(full, "mine"), file} {
		if err := os.WriteFile(name, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(empty)
	for _, c := range []struct {
		exp  settings.Experiment
		dir  string
		want string
	}{
		{e, full, "output: folder " + full + " is not empty; name another, or move this one away with --force"},
		{force, file, "output: " + file + " is not a folder; name one, which may be a new one"},
		{e, ".", "output: . is the folder that this command was called from; name a new one"},
		{tiny(t, t.TempDir(), "noise", "matrix"), filepath.Join(parent, "new"), "noise_file: "},
	} {
		var u *settings.UsageError
		if err := ExportData(t.Context(), c.exp, c.dir, quiet()); !errors.As(err, &u) || !strings.HasPrefix(fmt.Sprintf("%s: %s; %s", u.Setting, u.Reason, u.Hint), c.want) {
			t.Errorf("%s: error %v, want %q", c.dir, err, c.want)
		}
	}
	t.Chdir(parent)
	for _, c := range []struct {
		exp settings.Experiment
		dir string
	}{{e, "empty"}, {force, full}, {e, "a/new"}} {
		if err := ExportData(t.Context(), c.exp, c.dir, quiet()); err != nil || !files.Exists(filepath.Join(c.dir, DataManifestFile)) {
			t.Errorf("%s: error %v", c.dir, err)
		}
	}
	if !files.Exists(filepath.Join(full+".backup-1", "mine")) {
		t.Error("the old folder is lost")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := ExportData(stopped, e, "stopped", quiet()); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped export ended with %v", err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if got := strings.Join(names, " "); got != "a empty file full full.backup-1" {
		t.Errorf("in the folder are %s", got)
	}
}
