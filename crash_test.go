package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// crashesVariable says how many times TestCrashes strikes; task crash sets it.
const crashesVariable = "MEMDIL_CRASHES"

// crashRun is a run of a second that has all kinds of files.
var crashRun = []string{
	"run", "--data-dir", "embedded", "--model", "MLP", "--depth", "2", "--width", "16", "--use-bn", "--SOTA", "--label_noise", "0.2",
	"--sample_size", "64", "--batch_size", "16", "--epochs", "6", "--checkpoint_seconds", "0", "--checkpoint_every_epoch",
	"--device", "cpu", "--threads", "1", "--uid", "crash",
}

// crashFiles are files that may be damaged, one at a time.
var crashFiles = []string{
	"checkpoints/last.ckpt", "checkpoints/best.ckpt", "checkpoints/stages.json", "checkpoints/progress.json", "checkpoints/epoch_002.ckpt",
	"history.arrow", "samples.arrow", "model.onnx", "features/train.arrow", "features/classifier.arrow", "metrics.json", "statistics.arrow", "log.jsonl", "tensors.json",
}

// TestCrashes strikes a run again and again: kills it at random moments, lets it
// die or fail in the middle of a file, damages a file, races two processes. In
// the end there are the very bytes of a run that was left alone.
func TestCrashes(t *testing.T) {
	strikes := 4 // of every kind
	if n, err := strconv.Atoi(os.Getenv(crashesVariable)); err == nil {
		strikes = n
	}
	for _, loop := range []string{"host", "device"} {
		t.Run(loop, func(t *testing.T) {
			args := append(append([]string(nil), crashRun...), "--loop", loop)
			whole, dir := t.TempDir(), t.TempDir()
			start := time.Now()
			if out, err := memdil(t, whole, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			c := &crasher{t: t, dir: dir, args: args, rng: rand.New(rand.NewPCG(7, uint64(len(loop)))), time: time.Since(start)}
			for i := range strikes {
				if c.strike(i); i%4 == 3 || i == strikes-1 {
					c.compare(whole) // and begin anew
				}
			}
		})
	}
}

// crasher strikes the run in a folder.
type crasher struct {
	t      *testing.T
	dir    string
	args   []string
	rng    *rand.Rand
	time   time.Duration // that a run takes that is left alone
	struck []string
}

// compare finishes the run, compares it with one that was left alone, and removes
// it.
func (c *crasher) compare(whole string) {
	if out, err := memdil(c.t, c.dir, c.args...).CombinedOutput(); err != nil {
		c.t.Fatalf("after %v: %v: %s", c.struck, err, out)
	}
	run := filepath.Join(c.dir, "runs/crash")
	for _, name := range []string{"metrics.json", "model.onnx", "samples.arrow", "features/train.arrow", "features/test.arrow", "features/classifier.arrow", "statistics.arrow"} {
		if !bytes.Equal(read(c.t, filepath.Join(run, name)), read(c.t, filepath.Join(whole, "runs/crash", name))) {
			c.t.Errorf("after %v, %s is not what it is without", c.struck, name)
		}
	}
	c.t.Logf("struck by %v", c.struck)
	c.struck = nil
	if err := os.RemoveAll(run); err != nil {
		c.t.Fatal(err)
	}
}

// strike does one harm, of all kinds in turn.
func (c *crasher) strike(i int) {
	switch i % 4 {
	case 0:
		c.kill(syscall.SIGKILL)
	case 1:
		c.starve()
		c.kill(syscall.SIGTERM)
	case 2:
		c.damage()
		c.kill(syscall.SIGKILL)
	case 3:
		c.race()
	}
}

func (c *crasher) note(format string, args ...any) {
	c.struck = append(c.struck, fmt.Sprintf(format, args...))
}

// kill sends a signal at a random moment of the run's time.
func (c *crasher) kill(sig syscall.Signal) {
	after := time.Duration(c.rng.Int64N(int64(c.time)))
	c.note("%v after %v", sig, after.Round(time.Millisecond))
	cmd := memdil(c.t, c.dir, c.args...)
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(sig) })
	defer timer.Stop()
	_ = cmd.Wait()
	c.ended(cmd, &out, 130)
}

// starve lets writes fail beyond a random size of a file, in units of 512 bytes.
func (c *crasher) starve() {
	limit := c.rng.IntN(600)
	c.note("files of up to %d bytes", 512*limit)
	program := filepath.Join(c.t.TempDir(), "memdil") // testscript.Main goes by the name
	if err := os.Symlink(memdil(c.t, c.dir).Path, program); err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command("sh", append([]string{"-c", fmt.Sprintf("ulimit -f %d; exec \"$@\"", limit), "sh", program}, c.args...)...)
	cmd.Dir = c.dir
	var out bytes.Buffer
	cmd.Stderr = &out
	_ = cmd.Run()
	c.ended(cmd, &out, 1)
}

// damage truncates, removes or changes a file.
func (c *crasher) damage() {
	name := crashFiles[c.rng.IntN(len(crashFiles))]
	path := filepath.Join(c.dir, "runs/crash", name)
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return // not there yet
	}
	how := c.rng.IntN(3)
	switch c.note("%s damaged in way %d", name, how); how {
	case 0:
		err = os.Truncate(path, c.rng.Int64N(int64(len(data))))
	case 1:
		err = os.Remove(path)
	case 2:
		data[c.rng.IntN(len(data))] ^= 1 << c.rng.IntN(8)
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// race starts two processes at once: one may be refused the folder.
func (c *crasher) race() {
	c.note("a race")
	var both [2]*exec.Cmd
	var out [2]bytes.Buffer
	for i := range both {
		both[i] = memdil(c.t, c.dir, c.args...)
		both[i].Stderr = &out[i]
		if err := both[i].Start(); err != nil {
			c.t.Fatal(err)
		}
	}
	refused := 0
	for i, cmd := range both {
		if err := cmd.Wait(); err != nil {
			refused++
			if !strings.Contains(out[i].String(), "is held by another process") {
				c.t.Errorf("after %v: %v: %s", c.struck, err, out[i].String())
			}
		}
	}
	if refused == 2 {
		c.t.Errorf("after %v both were refused", c.struck)
	}
}

// ended checks how a process has ended: well, by a signal, or with a code and one
// line that says why.
func (c *crasher) ended(cmd *exec.Cmd, out *bytes.Buffer, code int) {
	c.t.Helper()
	status := cmd.ProcessState
	if signaled := status.Sys().(syscall.WaitStatus).Signaled(); signaled || status.Success() {
		return
	}
	if status.ExitCode() != code || strings.Count(out.String(), "memdil: ") == 0 || strings.Contains(out.String(), "goroutine ") {
		c.t.Errorf("after %v: ended with %d:\n%s", c.struck, status.ExitCode(), out.String())
	}
}
