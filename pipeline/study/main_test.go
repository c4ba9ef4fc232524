package study

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/history"
)

// TestMain lets this program be the process of a trial, or of a study.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		if run := programs[os.Args[1]]; run != nil {
			if err := run(os.Args[2]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	killAfter = 500 * time.Millisecond
	lookEvery, shareEvery = 5*time.Millisecond, 50*time.Millisecond
	os.Exit(m.Run())
}

var programs = map[string]func(dir string) error{
	"real-trial": realTrial,
	"fake-trial": fakeTrial,
	"study":      studyProcess,
}

// realTrial is what `memdil study trial` does.
func realTrial(dir string) error {
	ctx, cancel := leashed()
	defer cancel()
	return RunTrial(ctx, dir, pipeline.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// leashed returns a context that ends as that of a trial does.
func leashed() (context.Context, context.CancelFunc) {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	if os.Getenv("MEMDIL_CHILD") == "self" {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	return ctx, cancel
}

// fakeTrial is a trial that trains nothing: its accuracy is best near lr = 0.1
// and comes nearer to it every epoch. What else it does is told by the name of
// the file "params" of its settings, a setting that has no effect.
func fakeTrial(dir string) error {
	ctx, cancel := leashed()
	defer cancel()
	lock, err := lockTrial(ctx, dir)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	t, err := readTrial(dir)
	if err != nil {
		return err
	}
	if f, err := os.OpenFile(filepath.Join(dir, "attempts"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err == nil {
		fmt.Fprintln(f, os.Getenv(attemptVariable))
		f.Close()
	}
	attempts, _ := os.ReadFile(filepath.Join(dir, "attempts"))
	behave(fmt.Sprint(t.Settings["params"]), strings.Count(string(attempts), "\n"))
	e, err := experiment(t.Settings)
	if err != nil {
		return err
	}
	w := &worker{trial: t, dir: dir, started: time.Now()}
	ctx, w.stop = context.WithCancelCause(ctx)
	for epoch := 1; epoch <= e.Epochs; epoch++ {
		time.Sleep(10 * time.Millisecond)
		accuracy := 100 - 10*math.Abs(math.Log10(e.LR)+1) - 20/float64(epoch)
		if t.Settings["params"] == "killed as it gets on" && epoch > strings.Count(string(attempts), "\n") && epoch < 5 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		w.Epoch(history.Epoch{Epoch: epoch, LR: e.LR, ValAcc: accuracy, ValLoss: 100 - accuracy}, e.Epochs)
		switch context.Cause(ctx) {
		case nil:
		case errStopped:
			return w.pruned()
		default:
			return context.Cause(ctx)
		}
	}
	r := w.result(Finished)
	r.setValue(t.Objective)
	return r.write(dir)
}

// behave does what a trial may do that goes wrong.
func behave(how string, attempt int) {
	switch how {
	case "panics":
		panic("something is wrong")
	case "exits":
		fmt.Fprintln(os.Stderr, "the last words")
		os.Exit(7)
	case "hangs":
		select {}
	case "eats":
		var eaten [][]byte
		for range 60 {
			b := make([]byte, 8<<20)
			for i := range b {
				b[i] = 1
			}
			eaten = append(eaten, b)
			time.Sleep(20 * time.Millisecond)
		}
		fmt.Println(len(eaten))
	case "segfaults":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		time.Sleep(time.Second)
	case "killed once":
		if attempt == 1 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	case "killed always":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// studyProcess works on a study, as `memdil study resume` does.
func studyProcess(dir string) error {
	p, err := Open(dir)
	if err != nil {
		return err
	}
	_, err = Run(context.Background(), dir, p, quiet("fake-trial"))
	return err
}

// quiet are options that run a program of this test.
func quiet(program string) Options {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return Options{Command: []string{exe, program}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

// made returns the plan and the folder of a study.
func made(t *testing.T, text string) (*Plan, string) {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "study")
	if err := Create(dir, p, Options{}); err != nil {
		t.Fatal(err)
	}
	return p, dir
}

// runAndKill runs a study in a process of its own, which is killed without
// warning when so many trials have ended and atWork has looked at it.
func runAndKill(t *testing.T, dir string, ended int, atWork func()) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	first := exec.Command(exe, "study", dir)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return len(results(t, dir)) >= ended })
	atWork()
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
}

// mustRun runs a study to its end.
func mustRun(t *testing.T, dir string, p *Plan, program string) Summary {
	t.Helper()
	s, err := Run(t.Context(), dir, p, quiet(program))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// status reads a study's status.
func status(t *testing.T, dir string) *Status {
	t.Helper()
	s, err := ReadStatus(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// results reads all results by ID, as the index holds them.
func results(t *testing.T, dir string) map[string]Result {
	t.Helper()
	c, err := ReadContents(dir)
	if err != nil {
		t.Fatal(err)
	}
	for id, r := range c.Results {
		r.Metrics, r.Host = nil, ""
		c.Results[id] = r
	}
	return c.Results
}

// attempts says how often each trial was begun.
func attempts(t *testing.T, dir, id string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, TrialsDir, id, "attempts"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}

// asJSON is a value for messages.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
