package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// statusIn returns the state of the only run in a folder.
func statusIn(t *testing.T, dir string) RunStatus {
	t.Helper()
	all, err := Status(dir)
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	if _, err := json.Marshal(all); err != nil {
		t.Error(err)
	}
	return all[0]
}

// TestStatus looks at a run from its beginning to its end.
func TestStatus(t *testing.T) {
	e := tiny(t, t.TempDir(), longer...)
	if all, err := Status(e.RunsDir); err != nil || len(all) != 0 {
		t.Errorf("an empty folder holds %v (%v)", all, err)
	}
	ctx, cancel := cancelled(t)
	o := quiet()
	var during RunStatus
	o.Reporter = &watcher{batch: func(epoch, batch int) {
		if epoch == 2 && batch == 3 {
			during = statusIn(t, e.RunsDir)
			cancel()
		}
	}}
	if _, err := Run(ctx, e, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if during.State != StateRunning || during.Stage != settings.StageTrain || during.Holder.PID != os.Getpid() || during.Run != e.UID() {
		t.Errorf("during the run: %+v", during)
	}
	s := statusIn(t, e.RunsDir)
	if s.State != StateStopped || s.Stage != settings.StageTrain || s.Epoch != 2 || s.Epochs != 4 || s.Done != 3 || s.Total != 10 || s.Loss == nil || s.SecondsLeft != nil {
		t.Errorf("interrupted: %+v", s)
	}
	partly := e
	partly.Until = settings.StageTrain
	mustRun(t, partly)
	if s = statusIn(t, e.RunsDir); s.State != StateDone || s.Stage != settings.StageTrain || s.Epoch != 4 {
		t.Errorf("done up to train: %+v", s)
	}
	path := mustRun(t, e)
	if s = statusIn(t, path); s.State != StateFinished || s.Epoch != 4 || s.Accuracy == nil || *s.Accuracy < 50 {
		t.Errorf("finished: %+v", s)
	}
	mustRun(t, e) // does nothing, and says what the history says
	if s = statusIn(t, e.RunsDir); s.State != StateFinished || s.Epoch != 4 || s.Epochs != 4 || s.Loss == nil {
		t.Errorf("finished before: %+v", s)
	}
	if err := MeasureEpochs(t.Context(), path, quiet(), nil); !errors.As(err, new(*settings.UsageError)) {
		t.Errorf("error %v where no weights are kept", err)
	}
	if s = statusIn(t, e.RunsDir); s.State != StateFinished || s.Error != "" {
		t.Errorf("finished, and then asked for what it cannot do: %+v", s)
	}
	if err := os.Truncate(filepath.Join(path, runfolder.SamplesFile), 10); err != nil {
		t.Fatal(err)
	}
	if err := RunStage(t.Context(), path, settings.StageExport, quiet()); err == nil {
		t.Fatal("exported broken samples")
	}
	if s = statusIn(t, e.RunsDir); s.State != StateFailed || s.Stage != settings.StageExport || !strings.Contains(s.Error, runfolder.SamplesFile) {
		t.Errorf("failed: %+v", s)
	}
}

// TestProgressMode lets other users see how far a run is, as they see the rest.
func TestProgressMode(t *testing.T) {
	f := &folder{path: t.TempDir()}
	if err := os.Mkdir(f.checkpoint(""), 0o755); err != nil {
		t.Fatal(err)
	}
	newRecorder(Silent{}, f).write()
	if err := files.Write(f.file(runfolder.ExperimentFile), nil); err != nil {
		t.Fatal(err)
	}
	got, err := os.Stat(f.checkpoint(progressFile))
	if err != nil {
		t.Fatal(err)
	}
	if want, err := os.Stat(f.file(runfolder.ExperimentFile)); err != nil || got.Mode() != want.Mode() {
		t.Errorf("%s has mode %v, %s %v (%v)", progressFile, got.Mode(), runfolder.ExperimentFile, want.Mode(), err)
	}
}

// TestStatusUnknown says nothing of a call that left no word.
func TestStatusUnknown(t *testing.T) {
	_, path := finished(t)
	if err := os.Remove(filepath.Join(path, runfolder.CheckpointsDir, progressFile)); err != nil {
		t.Fatal(err)
	}
	s := statusIn(t, path)
	if text, err := json.Marshal(s); err != nil || strings.Contains(string(text), `"process"`) || s.Updated.IsZero() {
		t.Errorf("%s (%v)", text, err)
	}
}

// TestWithin names a run folder from within.
func TestWithin(t *testing.T) {
	e, path := finished(t)
	t.Chdir(path)
	if s := statusIn(t, "."); s.Run != e.UID() {
		t.Errorf("status calls it %q, want %q", s.Run, e.UID())
	}
	if err := compare.Report("compared", "."); err != nil {
		t.Fatal(err)
	}
	if page, err := os.ReadFile("compared/index.html"); err != nil || !strings.Contains(string(page), e.UID()) {
		t.Errorf("the report does not call it %q (%v)", e.UID(), err)
	}
}

// TestStatusDamage looks at folders whose files say nothing, or nonsense.
func TestStatusDamage(t *testing.T) {
	_, path := finished(t)
	for _, text := range []string{"", "{", "null", `{"state":"running","process":{"pid":1}}`} {
		if err := os.WriteFile(filepath.Join(path, runfolder.CheckpointsDir, progressFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if s := statusIn(t, path); s.State != StateFinished {
			t.Errorf("%q: %+v", text, s)
		}
	}
	if err := os.RemoveAll(filepath.Join(path, runfolder.CheckpointsDir)); err != nil {
		t.Fatal(err)
	}
	if s := statusIn(t, path); s.State != StateStopped || s.Epoch != 2 {
		t.Errorf("without checkpoints: %+v", s)
	}
	if files.Exists(filepath.Join(path, runfolder.CheckpointsDir)) {
		t.Error("looking left a trace")
	}
	if _, err := Status(filepath.Join(path, "none")); !errors.As(err, new(*settings.UsageError)) {
		t.Errorf("error %v of no folder", err)
	}
}

// TestProgressLeft estimates the time that is left from what this call did.
func TestProgressLeft(t *testing.T) {
	r := newRecorder(Silent{}, &folder{path: t.TempDir()})
	r.Batch(3, 4, 5, 10, 1) // where it goes on
	r.start = r.start.Add(-10 * time.Second)
	r.Batch(3, 4, 10, 10, 1) // half an epoch in 10 s
	if left := *r.at.SecondsLeft; left < 19.9 || left > 22 {
		t.Errorf("%v s left, want 20", left)
	}
}

// TestLookingDisturbsNobody looks at a folder all the time while runs begin in
// it.
func TestLookingDisturbsNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				_ = heldBy(path)
			}
		}
	}()
	for range 20 {
		f, err := openFolder(path)
		if err != nil {
			t.Error(err)
			break
		}
		if h := heldBy(path); h == nil || h.PID != os.Getpid() {
			t.Errorf("held by %v", h)
		}
		if err := f.close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
}
