package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// longer are the settings of an experiment with a few more batches, and with
// validation and augmentation, and with a checkpoint after every batch.
var longer = []string{"sample_size", "0", "val_split_prop", "0.25", "epochs", "4", "batch_size", "96", "SOTA", "true", "checkpoint_seconds", "0"}

// interrupter cancels a run the first time that each stage begins, at every
// fourth batch, at the end of every epoch and at the first features of each
// split.
type interrupter struct {
	cancel  context.CancelFunc
	seen    map[string]bool
	batches []int // all that were trained, in order
}

func (i *interrupter) once(event string) {
	if !i.seen[event] {
		i.seen[event] = true
		i.cancel()
	}
}

func (i *interrupter) options() Options {
	o := quiet()
	o.Reporter = &watcher{
		stage: func(s settings.Stage, skipped bool) {
			if !skipped {
				i.once(string(s))
			}
		},
		batch: func(epoch, batch int) {
			i.batches = append(i.batches, 100*epoch+batch)
			if batch%4 == 0 {
				i.once(fmt.Sprint(epoch, batch))
			}
		},
		epoch:  func(e history.Epoch) { i.once(fmt.Sprint("epoch", e.Epoch)) },
		export: func(split string) { i.once("features of " + split) },
	}
	return o
}

// TestInterrupt interrupts a run again and again, everywhere. It repeats not a
// single batch, and ends with the same bytes as one that is left alone.
func TestInterrupt(t *testing.T) {
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	i := &interrupter{seen: map[string]bool{}}
	e := tiny(t, t.TempDir(), longer...)
	var path string
	for {
		ctx, cancel := cancelled(t)
		i.cancel = cancel
		var err error
		if path, err = Run(ctx, e, i.options()); err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || len(i.seen) > 100 {
			t.Fatal(err)
		}
	}
	// 5 stages, 4 epochs with 2 interruptions in each and one after it, 2 splits.
	if len(i.seen) != 5+4*(2+1)+2 {
		t.Errorf("events %v", i.seen)
	}
	var batches []int
	for epoch := 1; epoch <= 4; epoch++ {
		for batch := 1; batch <= 10; batch++ {
			batches = append(batches, 100*epoch+batch)
		}
	}
	if !slices.Equal(i.batches, batches) {
		t.Errorf("trained the batches %v", i.batches)
	}
	sameResults(t, path, want.folder.path)
}

// TestInterruptLBFGS interrupts a run whose optimizer remembers batches, in the
// middle of an epoch, and batches in pieces: it goes on to the same bytes.
func TestInterruptLBFGS(t *testing.T) {
	set := []string{"optimizer", "LBFGS", "history_size", "3", "ghost_batch", "20", "batch_size", "50"}
	want := upTo(t, tiny(t, t.TempDir(), set...), settings.StageMetrics)
	e := tiny(t, t.TempDir(), set...)
	ctx, cancel := cancelled(t)
	o := quiet()
	o.Reporter = &watcher{batch: func(epoch, batch int) {
		if epoch == 2 && batch == 2 {
			cancel()
		}
	}}
	if _, err := Run(ctx, e, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	sameResults(t, mustRun(t, e), want.folder.path)
}

// childDir names the environment variable that makes the test binary a program
// that runs the experiment longer in the given directory; childLimit the one
// that bounds the size of its files; childEpochs the one that sets the number of
// epochs.
const (
	childDir    = "MEMDIL_TEST_CHILD"
	childLimit  = "MEMDIL_TEST_FILE_LIMIT"
	childEpochs = "MEMDIL_TEST_EPOCHS"
)

// child runs an experiment as the program does.
func child(dir string) int {
	if limit, err := strconv.ParseUint(os.Getenv(childLimit), 10, 64); err == nil {
		signal.Ignore(syscall.SIGXFSZ) // writes fail instead
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	set := longer
	if epochs := os.Getenv(childEpochs); epochs != "" {
		set = append(slices.Clone(longer), "epochs", epochs)
	}
	e, err := tinyExperiment(dir, set...)
	if err == nil {
		_, err = Run(ctx, e, quiet())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, context.Canceled) {
			return 130
		}
		return 1
	}
	return 0
}

// TestKill kills and interrupts a process at random moments until it comes to
// its end.
func TestKill(t *testing.T) {
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := t.TempDir()
			rng := rand.New(rand.NewPCG(1, uint64(sig)))
			kills := 0
			for limit := 150 * time.Millisecond; ; limit = limit * 6 / 5 {
				if runAndSignal(t, dir, sig, time.Duration(rng.Int64N(int64(limit)))) {
					break
				}
				kills++
			}
			t.Logf("%d times", kills)
			path := filepath.Join(dir, filepath.Base(want.folder.path))
			sameResults(t, path, want.folder.path)
			for name := range contents(t, path) {
				if unfinished.MatchString(filepath.Base(name)) {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}

// runAndSignal starts the child and sends it a signal after a while. It
// reports whether the child was quicker.
func runAndSignal(t *testing.T, dir string, sig syscall.Signal, after time.Duration) (done bool) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(sig) })
	defer timer.Stop()
	err := cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case err == nil:
		return true
	case status.Signaled() && status.Signal() == sig: // before the program listened, if SIGINT
		return false
	case sig == syscall.SIGINT && status.ExitStatus() == 130:
		return false
	}
	t.Fatalf("%v: %s", err, stderr.String())
	return false
}

// TestNoSpace lets writes fail at ever later moments, as on a full disk: one
// line, nothing half written, and with room the run goes on to the same end.
func TestNoSpace(t *testing.T) {
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	dir := t.TempDir()
	path := filepath.Join(dir, filepath.Base(want.folder.path))
	for _, c := range []struct{ limit, file string }{
		{"500", runfolder.ExperimentFile}, {"3000", runfolder.SamplesFile}, {"150000", "last.ckpt"},
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir, childLimit+"="+c.limit)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != 1 || bytes.Count(out, []byte("\n")) != 1 || !bytes.Contains(out, []byte(c.file)) {
			t.Errorf("files of up to %s bytes: ended with %d, want an error about %s:\n%s", c.limit, code, c.file, out)
		}
		for name := range contents(t, path) {
			if base := filepath.Base(name); unfinished.MatchString(base) || base == c.file || base == runfolder.HistoryFile {
				t.Errorf("files of up to %s bytes: %s is left", c.limit, name)
			}
		}
	}
	if !runAndSignal(t, dir, syscall.SIGINT, time.Minute) {
		t.Fatal("not finished within a minute")
	}
	sameResults(t, path, want.folder.path)
}

// TestHistoryDamage goes on with a training whose history.arrow is gone or
// broken: the checkpoint has what it held.
func TestHistoryDamage(t *testing.T) {
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	for name, damage := range map[string]func(string) error{
		"removed":   os.Remove,
		"truncated": func(path string) error { return os.Truncate(path, 100) },
	} {
		t.Run(name, func(t *testing.T) {
			e := tiny(t, t.TempDir(), longer...)
			interruptIn(t, 3, e)
			path := filepath.Join(e.RunsDir, e.UID())
			if err := damage(filepath.Join(path, runfolder.HistoryFile)); err != nil {
				t.Fatal(err)
			}
			mustRun(t, e)
			sameResults(t, path, want.folder.path)
		})
	}
}
