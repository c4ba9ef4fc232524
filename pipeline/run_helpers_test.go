package pipeline

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/memdil/memdil/ort/orttest"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// tiny returns an experiment of a second on the embedded data, with further
// settings as name, value, name, value…
func tiny(t *testing.T, runsDir string, set ...string) settings.Experiment {
	t.Helper()
	orttest.Runtime(t)
	e, err := tinyExperiment(runsDir, set...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func tinyExperiment(runsDir string, set ...string) (settings.Experiment, error) {
	e := settings.Defaults()
	all := append([]string{
		"model", "MLP", "data_dir", settings.Embedded, "runs_dir", runsDir, "sample_size", "100", "label_noise", "0.2",
		"depth", "2", "width", "8", "use_bn", "true", "epochs", "2", "batch_size", "32", "lr", "0.05", "threads", "1",
	}, set...)
	for i := 0; i < len(all); i += 2 {
		if err := e.Set(all[i], all[i+1]); err != nil {
			return e, err
		}
	}
	return e, nil
}

// quiet are options that show nothing.
func quiet() Options { return Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))} }

// mustRun runs an experiment and returns its folder.
func mustRun(t *testing.T, e settings.Experiment) string {
	t.Helper()
	path, err := Run(t.Context(), e, quiet())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// finished returns an experiment and its finished run folder, a copy of one
// that all tests share.
func finished(t *testing.T) (settings.Experiment, string) {
	t.Helper()
	shared.once.Do(func() {
		dir, err := os.MkdirTemp("", "memdil-pipeline")
		if err != nil {
			t.Fatal(err)
		}
		shared.dir, shared.path = dir, mustRun(t, tiny(t, dir))
	})
	if shared.path == "" {
		t.Skip("the shared run failed in another test")
	}
	e := tiny(t, t.TempDir())
	path := filepath.Join(e.RunsDir, e.UID())
	if err := os.CopyFS(path, os.DirFS(shared.path)); err != nil {
		t.Fatal(err)
	}
	return e, path
}

var shared struct {
	once      sync.Once
	dir, path string
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	code := m.Run()
	_ = os.RemoveAll(shared.dir)
	os.Exit(code)
}

// stagesOf runs an experiment again and returns the stages that were not
// skipped, and the warnings.
func stagesOf(t *testing.T, e settings.Experiment) (done []settings.Stage, warnings string) {
	t.Helper()
	var log strings.Builder
	o := Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	watch := &watcher{stage: func(s settings.Stage, skipped bool) {
		if !skipped {
			done = append(done, s)
		}
	}}
	o.Reporter = watch
	if _, err := Run(t.Context(), e, o); err != nil {
		t.Fatal(err)
	}
	return done, log.String()
}

// watcher calls functions that are set.
type watcher struct {
	Silent
	stage  func(settings.Stage, bool)
	batch  func(epoch, batch int)
	epoch  func(history.Epoch)
	export func(split string)
	text   string // the model's summary
}

func (w *watcher) Summary(text string) { w.text += text }

func (w *watcher) Stage(s settings.Stage, skipped bool) {
	if w.stage != nil {
		w.stage(s, skipped)
	}
}

func (w *watcher) Batch(epoch, _, batch, _ int, _ float64) {
	if w.batch != nil {
		w.batch(epoch, batch)
	}
}

func (w *watcher) Epoch(e history.Epoch, _ int) {
	if w.epoch != nil {
		w.epoch(e)
	}
}

func (w *watcher) Export(split string, _, _ int) {
	if w.export != nil {
		w.export(split)
	}
}

// contents returns every file below dir by its path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// results are the files that must be the same bytes whenever an experiment is
// run, however often it was interrupted.
var results = []string{
	runfolder.SamplesFile, runfolder.ModelFile, runfolder.TrainFeatures, runfolder.TestFeatures, runfolder.ClassifierFile, runfolder.MetricsFile, runfolder.StatisticsFile,
}

// sameResults compares two run folders, but for the times in their histories.
func sameResults(t *testing.T, got, want string) {
	t.Helper()
	for _, name := range results {
		a, errA := os.ReadFile(filepath.Join(got, name))
		b, errB := os.ReadFile(filepath.Join(want, name))
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s of %s and %s differ (%v, %v)", name, got, want, errA, errB)
		}
	}
	a, b := timeless(t, got), timeless(t, want)
	if len(a) != len(b) {
		t.Fatalf("%d epochs in %s, %d in %s", len(a), got, len(b), want)
	}
	for i := range a {
		if !sameEpoch(a[i], b[i]) {
			t.Errorf("epoch %d is %+v, want %+v", i+1, a[i], b[i])
		}
	}
}

// timeless reads a run's history without what differs from one machine to the
// next: times and memory.
func timeless(t *testing.T, path string) []history.Epoch {
	t.Helper()
	epochs, err := history.Read(filepath.Join(path, runfolder.HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	for i := range epochs {
		epochs[i].Seconds, epochs[i].SamplesPerSecond = 0, 0
		delete(epochs[i].Extra, history.PeakMemory)
	}
	return epochs
}

// sameEpoch compares records bit for bit, NaN equal to NaN.
func sameEpoch(a, b history.Epoch) bool {
	same := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	return a.Epoch == b.Epoch && maps.EqualFunc(maps.Collect(a.Numbers()), maps.Collect(b.Numbers()), same)
}

// interruptIn runs an experiment and stops it in an epoch.
func interruptIn(t *testing.T, epoch int, e settings.Experiment) {
	t.Helper()
	ctx, cancel := cancelled(t)
	o := quiet()
	o.Reporter = &watcher{batch: func(at, _ int) {
		if at == epoch {
			cancel()
		}
	}}
	if _, err := Run(ctx, e, o); err == nil {
		t.Fatal("not interrupted")
	}
}

// cancelled returns a context and what cancels it as Ctrl-C does.
func cancelled(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}
