package executor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell is a job that runs a shell command.
func shell(t *testing.T, name, command string) Job {
	t.Helper()
	return Job{Name: name, Argv: []string{"/bin/sh", "-c", command}, Dir: t.TempDir(), Log: filepath.Join(t.TempDir(), "log"), Env: []string{"GREETING=hello"}}
}

// end waits for the end of a job.
func end(t *testing.T, x Executor, handle string) Status {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		s, err := x.Poll(t.Context(), []string{handle})
		if err != nil {
			t.Fatal(err)
		}
		if s[handle].Phase == Ended {
			return s[handle]
		}
	}
	t.Fatal("the job does not end")
	return Status{}
}

func submit(t *testing.T, x Executor, jobs ...Job) []string {
	t.Helper()
	handles, err := x.Submit(t.Context(), jobs)
	if err != nil || len(handles) != len(jobs) {
		t.Fatalf("handles %v, %v", handles, err)
	}
	return handles
}

func TestLocalEnds(t *testing.T) {
	for _, c := range []struct {
		command string
		limits  Resources
		want    Status
	}{
		{"exit 0", Resources{}, Status{End: Exited}},
		{"exit 7", Resources{}, Status{End: Exited, ExitCode: 7}},
		{"kill -9 $$", Resources{}, Status{End: Lost, ExitCode: -1}},
		{"kill -SEGV $$", Resources{}, Status{End: Crashed, ExitCode: -1}},
		{"cat; exit 130", Resources{TimeLimit: 50 * time.Millisecond}, Status{End: TimedOut, ExitCode: 130}},
		{"sleep 60", Resources{TimeLimit: 50 * time.Millisecond}, Status{End: TimedOut, ExitCode: -1}},
		{"sleep 60", Resources{Memory: 1}, Status{End: OutOfMemory, ExitCode: -1}},
	} {
		c.limits.CPUs = 1
		x := NewLocal(c.limits, nil)
		x.Grace = 100 * time.Millisecond
		got := end(t, x, submit(t, x, shell(t, "job", c.command))[0])
		if got.End != c.want.End || got.ExitCode != c.want.ExitCode {
			t.Errorf("%s under %+v: %+v, want %+v", c.command, c.limits, got, c.want)
		}
	}
}

func TestLocalJob(t *testing.T) {
	x := NewLocal(Resources{CPUs: 3, GPUs: 1}, []string{"4", "7"})
	command := `echo "$GREETING $GOMAXPROCS $CUDA_VISIBLE_DEVICES"; pwd; cat`
	a, b := shell(t, "a", command), shell(t, "b", command)
	handles := submit(t, x, a, b)
	if err := x.Cancel(t.Context(), handles); err != nil { // the leash ends cat
		t.Fatal(err)
	}
	for i, j := range []Job{a, b} {
		if s := end(t, x, handles[i]); s.End != Cancelled {
			t.Errorf("cancelled: %+v", s)
		}
		log, err := os.ReadFile(j.Log)
		if err != nil {
			t.Fatal(err)
		}
		if want := "hello 3 " + []string{"4", "7"}[i] + "\n" + j.Dir + "\n"; string(log) != want {
			t.Errorf("the log is %q, want %q", log, want)
		}
	}
	select {
	case <-x.Wake():
	default:
		t.Error("the end woke nobody")
	}
	if again := submit(t, x, shell(t, "c", "exit 0")); x.inUse["4"]+x.inUse["7"] != 1 {
		t.Errorf("GPUs in use: %v, one job runs: %v", x.inUse, again)
	} else {
		end(t, x, again[0])
	}
}

func TestLocalCannotStart(t *testing.T) {
	x := NewLocal(Resources{CPUs: 1}, nil)
	j := shell(t, "job", "")
	j.Argv = []string{"/no/such/program"}
	if _, err := x.Submit(t.Context(), []Job{j}); err == nil || !strings.HasPrefix(err.Error(), "starting job: ") {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestGPUsOfEnvironment(t *testing.T) {
	t.Setenv("CUDA_VISIBLE_DEVICES", "2, 5")
	if got := GPUs(); join(got) != "2,5" {
		t.Errorf("GPUs %v", got)
	}
	t.Setenv("CUDA_VISIBLE_DEVICES", "-1")
	if got := GPUs(); len(got) != 0 {
		t.Errorf("GPUs %v", got)
	}
}
