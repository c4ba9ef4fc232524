package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// TestEveryEpoch keeps the weights after every epoch, as the original's
// large-scale experiments do, and the best: the last epoch's are those of
// model.onnx.
func TestEveryEpoch(t *testing.T) {
	for _, set := range [][]string{
		{"checkpoint_every_epoch", "true"},
		{"use_largescale_uid", "true", "keep_best", "false"},
	} {
		r := upTo(t, tiny(t, t.TempDir(), append(set, "epochs", "3")...), settings.StageTrain)
		k := r.checkpoints()
		if epochs, err := k.Epochs(); err != nil || fmt.Sprint(epochs) != "[1 2 3]" {
			t.Errorf("%v: kept epochs %v, %v", set, epochs, err)
		}
		if files.Exists(k.Best()) != r.exp.KeepBest {
			t.Errorf("%v: there are weights of the best epoch: %v", set, files.Exists(k.Best()))
		}
		net, err := r.net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := k.EpochModel(3, net)
		if err != nil {
			t.Fatal(err)
		}
		got, err := graphs.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := KeptModel(r.folder.path, "3") // while the folder is held
		if err != nil {
			t.Fatal(err)
		}
		if same, err := graphs.Encode(kept); err != nil || string(same) != string(got) {
			t.Errorf("%v: the kept model is another one (%v)", set, err)
		}
		if want, err := os.ReadFile(r.folder.file(runfolder.ModelFile)); err != nil || string(got) != string(want) {
			t.Errorf("%v: the model of the last epoch is not model.onnx (%v)", set, err)
		}
	}
}

// TestDamagedState interrupts a run and damages its newest checkpoint: the one
// before takes its place, and the run ends with the same bytes.
func TestDamagedState(t *testing.T) {
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	e := tiny(t, t.TempDir(), longer...)
	ctx, cancel := context.WithCancel(t.Context())
	o := quiet()
	o.Reporter = &watcher{batch: func(epoch, batch int) {
		if epoch == 2 && batch == 5 {
			cancel()
		}
	}}
	path := filepath.Join(e.RunsDir, e.UID())
	if _, err := Run(ctx, e, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(path, "checkpoints/last.ckpt"), 1000); err != nil {
		t.Fatal(err)
	}
	var first string
	watch := &watcher{batch: func(epoch, batch int) {
		if first == "" {
			first = fmt.Sprintf("epoch %d, batch %d", epoch, batch)
		}
	}}
	var log strings.Builder
	o = Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Reporter: watch}
	if _, err := Run(t.Context(), e, o); err != nil {
		t.Fatal(err)
	}
	if first != "epoch 2, batch 5" && first != "epoch 2, batch 6" || !strings.Contains(log.String(), "moved a damaged checkpoint aside") {
		t.Errorf("went on with %s; log:\n%s", first, log.String())
	}
	sameResults(t, path, want.folder.path)
	if !files.Exists(filepath.Join(path, "checkpoints/last.ckpt.damaged")) {
		t.Error("the damaged file is gone")
	}
}

// TestKeptModel asks for weights that are there and for others.
func TestKeptModel(t *testing.T) {
	_, path := finished(t)
	if _, err := KeptModel(path, "Best"); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ path, epoch, want string }{
		{path, "1", "epoch: the weights of epoch 1 are not kept in " + filepath.Join(path, "checkpoints") + "; train with --checkpoint_every_epoch, or take best"},
		{path, "first", `epoch: "first" is neither the number of an epoch nor best`},
		{t.TempDir(), "1", "is no run folder"},
	} {
		if _, err := KeptModel(c.path, c.epoch); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("epoch %s: error is %v, want %s", c.epoch, err, c.want)
		}
	}
	if err := os.WriteFile(filepath.Join(path, "checkpoints", "epoch_007.ckpt"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := KeptModel(path, "7"); !errors.Is(err, train.ErrCorrupt) {
		t.Errorf("damaged: error is %v", err)
	}
	if _, err := KeptModel(path, "8"); err == nil || !strings.HasSuffix(err.Error(), "there are those of the epochs 7 to 7") {
		t.Errorf("another epoch: error is %v", err)
	}
	for _, name := range []string{"epoch_007.ckpt", "best.ckpt"} {
		if err := os.Remove(filepath.Join(path, "checkpoints", name)); err != nil {
			t.Fatal(err)
		}
	}
	for epoch, want := range map[string]string{"best": "; train with --keep_best", "1": "; train with --checkpoint_every_epoch"} {
		if _, err := KeptModel(path, epoch); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("epoch %s where none is kept: error is %v", epoch, err)
		}
	}
}

// TestBestEpoch reads which epoch best.ckpt comes from.
func TestBestEpoch(t *testing.T) {
	r := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageTrain)
	c, err := train.ReadCheckpoint(r.checkpoints().Best())
	if err != nil {
		t.Fatal(err)
	}
	epochs := timeless(t, r.folder.path)
	for _, e := range epochs {
		if best := epochs[c.Position.Epoch-1]; e.ValAcc > best.ValAcc {
			t.Errorf("epoch %d is kept as the best, with a validation accuracy of %v; epoch %d has %v", best.Epoch, best.ValAcc, e.Epoch, e.ValAcc)
		}
	}
}
