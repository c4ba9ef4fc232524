package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// sameAsFinal asks that the last epoch's numbers are those of metrics.json.
func sameAsFinal(t *testing.T, path string, last history.Epoch) {
	t.Helper()
	final, err := measure.Read(filepath.Join(path, runfolder.MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	var want history.Epoch
	final.AddTo(&want)
	if len(want.Extra) < 40 {
		t.Errorf("metrics.json has %d numbers only", len(want.Extra))
	}
	for key, v := range want.Extra {
		if got, there := last.Extra[key]; !there || !(math.Abs(got-v) <= 1e-9*math.Abs(v)+1e-9) {
			t.Errorf("%s is %v, in metrics.json %v", key, got, v)
		}
	}
}

func TestMeasureEvery(t *testing.T) {
	e := tiny(t, t.TempDir(), "epochs", "5", "measure_every", "2")
	path := mustRun(t, e)
	epochs, err := history.Read(filepath.Join(path, runfolder.HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, false, true, true} {
		if got := epochs[i].Measured(); got != want {
			t.Errorf("epoch %d measured: %v, want %v", i+1, got, want)
		}
	}
	sameAsFinal(t, path, epochs[4])
	if names := temporary(t, path); len(names) > 0 {
		t.Errorf("temporary files stay: %q", names)
	}
}

// TestMeasureTooLate asks for measures of a training that is done, without and
// with them.
func TestMeasureTooLate(t *testing.T) {
	e, path := finished(t)
	e.MeasureEvery = 1
	if done, warnings := stagesOf(t, e); len(done) > 0 || !strings.Contains(warnings, "measure_every comes too late") {
		t.Errorf("%v ran again, warnings %q", done, warnings)
	}
	epochs := epochsOf(t, path)
	epochs[1].Extra = map[string]float64{"test_trace_sigma_w": 1}
	if err := history.Write(filepath.Join(path, runfolder.HistoryFile), epochs); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	r := &run{exp: e, folder: &folder{path: path}, log: slog.New(slog.NewTextHandler(&log, nil))}
	if r.noteUnmeasured(); log.Len() > 0 {
		t.Errorf("warnings %q of a measured training", log.String())
	}
}

// temporary returns the names of files that begin with a dot.
func temporary(t *testing.T, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(path, runfolder.CheckpointsDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestMeasureEpochs measures kept weights, is interrupted after one epoch, goes
// on, and leaves a run that nothing has to be done for but its report.
func TestMeasureEpochs(t *testing.T) {
	e := tiny(t, t.TempDir(), "epochs", "3", "checkpoint_every_epoch", "true")
	path := mustRun(t, e)
	ctx, cancel := context.WithCancel(t.Context())
	stop := func(int, *measure.Results) error { cancel(); return nil }
	if err := MeasureEpochs(ctx, path, quiet(), stop); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	epochs := epochsOf(t, path)
	if !epochs[0].Measured() || epochs[1].Measured() {
		t.Fatalf("after the interruption %+v", epochs)
	}
	marked := 0.125
	epochs[0].Extra["train_nc1"] = marked // to see that it is not measured again
	if err := history.Write(filepath.Join(path, runfolder.HistoryFile), epochs); err != nil {
		t.Fatal(err)
	}
	if err := MeasureEpochs(t.Context(), path, quiet(), nil); err != nil {
		t.Fatal(err)
	}
	epochs = epochsOf(t, path)
	if epochs[0].Extra["train_nc1"] != marked || !epochs[1].Measured() {
		t.Errorf("after going on %+v", epochs)
	}
	sameAsFinal(t, path, epochs[2])
	if done, warnings := stagesOf(t, e); len(done) != 1 || done[0] != settings.StageReport {
		t.Errorf("stages %v run again: %s", done, warnings)
	}
}

// TestMeasureDamagedEpochs passes damaged weights over, names their files, and
// has them again from another training.
func TestMeasureDamagedEpochs(t *testing.T) {
	e := tiny(t, t.TempDir(), "epochs", "4", "checkpoint_every_epoch", "true")
	path := mustRun(t, e)
	kept := func(epoch int) string { return train.Checkpoints{Dir: filepath.Join(path, "checkpoints")}.Epoch(epoch) }
	good, err := os.ReadFile(kept(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(kept(1), good[:len(good)/2], 0o644), os.Remove(kept(3)), os.Mkdir(kept(3), 0o755)); err != nil {
		t.Fatal(err)
	}
	err = MeasureEpochs(t.Context(), path, quiet(), nil)
	if !errors.Is(err, train.ErrCorrupt) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line about damaged checkpoints", err)
	}
	for _, want := range []string{kept(1), kept(3), "--force_retrain"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
	for i, h := range epochsOf(t, path) {
		if want := i+1 == 2 || i+1 == 4; h.Measured() != want {
			t.Errorf("epoch %d measured: %v, want %v", i+1, h.Measured(), want)
		}
	}
	mustRun(t, with(t, e, "force_retrain", "true"))
	if err := MeasureEpochs(t.Context(), path, quiet(), nil); err != nil {
		t.Errorf("after training anew: %v", err)
	}
	if again, err := os.ReadFile(kept(1)); err != nil || !bytes.Equal(again, good) {
		t.Errorf("other weights than before (%v)", err)
	}
}

func epochsOf(t *testing.T, path string) []history.Epoch {
	t.Helper()
	epochs, err := history.Read(filepath.Join(path, runfolder.HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	return epochs
}

func TestMeasureEpochsNone(t *testing.T) {
	_, path := finished(t)
	var mistake *settings.UsageError
	if err := MeasureEpochs(t.Context(), path, quiet(), nil); !errors.As(err, &mistake) || !strings.Contains(err.Error(), "checkpoint_every_epoch") {
		t.Errorf("error %v", err)
	}
}

// TestFullMetrics asks for the full measures of both splits, the probe of the
// test samples fitted to the training samples.
func TestFullMetrics(t *testing.T) {
	path := mustRun(t, tiny(t, t.TempDir(), "full_metrics", "true"))
	r, err := measure.Read(filepath.Join(path, runfolder.MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	train, test := r.Train.Measures.Full, r.Test.Measures.Full
	if train == nil || test == nil || !train.ProbeAccuracy.Defined() || train.TrainNCCAccuracy.Defined() || !test.TrainNCCAccuracy.Defined() {
		text, _ := json.Marshal(r)
		t.Errorf("full measures are not there: %s", text)
	}
}
