package pipeline

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// smallDisk mounts a file system of a given size and returns its folder. Only
// root can do that.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("memdil", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no disk to fill: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestNoRoomBeforeTraining runs on a disk that is too small: that is said
// before the first epoch, and with more room the run goes on.
func TestNoRoomBeforeTraining(t *testing.T) {
	dir := smallDisk(t, "400k")
	e := tiny(t, dir, longer...)
	path := filepath.Join(dir, e.UID())
	_, err := Run(t.Context(), e, quiet())
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "no room for "+path) || files.Exists(filepath.Join(path, runfolder.HistoryFile)) {
		t.Fatalf("error %v; a history is there: %v", err, files.Exists(filepath.Join(path, runfolder.HistoryFile)))
	}
	if err := syscall.Mount("memdil", dir, "tmpfs", syscall.MS_REMOUNT, "size=32m"); err != nil {
		t.Fatal(err)
	}
	mustRun(t, e)
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	sameResults(t, path, want.folder.path)
}

// TestDiskFills fills the disk while a process trains. It ends with one line, and
// its checkpoints are intact.
func TestDiskFills(t *testing.T) {
	dir := smallDisk(t, "32m")
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	path := filepath.Join(dir, filepath.Base(want.folder.path))
	var stderr bytes.Buffer
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childEpochs+"=100000")
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !files.Exists(filepath.Join(path, "checkpoints/last.1.ckpt")); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no checkpoint within a minute")
		}
	}
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(filler, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "no space left on device") {
		t.Errorf("ended with %d (%v):\n%s", code, err, stderr.String())
	}
	_ = filler.Close()
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	c, err := (&folder{path: path}).checkpoints().Peek()
	if err != nil || c.Position.Steps == 0 {
		t.Errorf("the checkpoint stands at %+v (%v)", c.Position, err)
	}
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestMemory warns of batches that take more memory than there is, when both
// are known.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		optimizer   training.OptimizerKind
		takes, free int64
		want        string
	}{
		{training.SGD, 100e6, 50e6, "evaluating a batch takes about 100.0 MB of memory, and 50.0 MB are free: --micro_batch evaluates it in pieces"},
		{training.LBFGS, 100e6, 50e6, "--ghost_batch evaluates it in pieces"},
		{training.SGD, 100e6, 100e6, ""},
		{training.SGD, 0, 50e6, ""},
		{training.SGD, 100e6, 0, ""},
	} {
		var log strings.Builder
		s := &session{run: &run{exp: settings.Experiment{Optimizer: c.optimizer}, log: slog.New(slog.NewTextHandler(&log, nil))}}
		s.checkMemory(c.takes, c.free)
		if got := log.String(); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s, %d of %d bytes: %q, want %q", c.optimizer, c.takes, c.free, got, c.want)
		}
	}
}
