package executor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memdil/memdil/pipeline/executor/slurmtest"
)

// slurmOn returns an executor on a cluster.
func slurmOn(t *testing.T, r Resources, args ...string) *Slurm {
	t.Helper()
	x, err := NewSlurm(SlurmOptions{Resources: r, Name: "memdil-test", Dir: t.TempDir(), Args: args, Warning: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// waitForPhase waits until a job is in a phase.
func waitForPhase(t *testing.T, x Executor, handle string, phase Phase) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		s, err := x.Poll(t.Context(), []string{handle})
		if err != nil {
			t.Fatal(err)
		}
		if s[handle].Phase == phase {
			return
		}
	}
	t.Fatalf("job %s is never %s", handle, phase)
}

// TestSlurm runs jobs on a real Slurm, all parts on one cluster, which takes a
// while to start.
func TestSlurm(t *testing.T) {
	cluster := slurmtest.Start(t)
	t.Run("ends", func(t *testing.T) { testSlurmEnds(t) })
	t.Run("GPUs", func(t *testing.T) { testSlurmGPUs(t) })
	t.Run("refused", func(t *testing.T) {
		x := slurmOn(t, Resources{CPUs: 1, GPUs: 9})
		if _, err := x.Submit(t.Context(), []Job{shell(t, "j", "true")}); err == nil || errors.Is(err, ErrUnreachable) {
			t.Errorf("nine GPUs of two: %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		x := slurmOn(t, Resources{CPUs: 1})
		j := shell(t, "j", "trap 'echo told; exit 130' TERM; echo begun; while true; do sleep 0.1; done")
		h := submit(t, x, j)
		waitForLine(t, j.Log, "begun")
		if err := x.Cancel(t.Context(), append(h, "999999_1")); err != nil {
			t.Fatal(err)
		}
		if s := end(t, x, h[0]); s.End != Cancelled {
			t.Errorf("cancelled: %+v", s)
		}
		waitForLine(t, j.Log, "told")
	})
	t.Run("requeued", func(t *testing.T) { testSlurmRequeued(t, cluster) })
	t.Run("node lost", func(t *testing.T) { testSlurmNodeLost(t, cluster) })
	t.Run("controller gone", func(t *testing.T) {
		x := slurmOn(t, Resources{CPUs: 1})
		h := submit(t, x, shell(t, "j", "sleep 2"))
		waitForPhase(t, x, h[0], Running)
		cluster.StopController()
		if _, err := x.Poll(t.Context(), h); !errors.Is(err, ErrUnreachable) {
			t.Errorf("without a controller: %v", err)
		}
		if _, err := x.Submit(t.Context(), []Job{shell(t, "k", "true")}); !errors.Is(err, ErrUnreachable) {
			t.Errorf("submitting without a controller: %v", err)
		}
		cluster.StartController()
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
			if _, err := x.Poll(t.Context(), h); err == nil {
				break
			}
		}
		if s := end(t, x, h[0]); s.End != Exited || s.ExitCode != 0 {
			t.Errorf("a job outlived the controller: %+v", s)
		}
	})
}

func testSlurmEnds(t *testing.T) {
	x := slurmOn(t, Resources{CPUs: 1, TimeLimit: time.Minute})
	commands := []struct {
		command string
		want    Status
	}{
		{"exit 0", Status{End: Exited}},
		{"exit 7", Status{End: Exited, ExitCode: 7}},
		{"kill -SEGV $$", Status{End: Crashed}},
		{"kill -9 $$", Status{End: Lost}},
		{`test "$GREETING" = hello && test "$SLURM_CPUS_PER_TASK" = 1`, Status{End: Exited}},
	}
	var jobs []Job
	for i, c := range commands {
		jobs = append(jobs, shell(t, string(rune('a'+i)), c.command))
	}
	handles := submit(t, x, jobs...)
	for i, h := range handles {
		got := end(t, x, h)
		if got.End != commands[i].want.End || got.ExitCode != commands[i].want.ExitCode {
			t.Errorf("%s: %+v, want %+v", commands[i].command, got, commands[i].want)
		}
	}
	if !strings.HasSuffix(handles[4], "_4") {
		t.Errorf("handles %v are not of one array", handles)
	}
}

// testSlurmGPUs has three jobs share the node's two GPUs.
func testSlurmGPUs(t *testing.T) {
	x := slurmOn(t, Resources{CPUs: 1, GPUs: 1})
	var jobs []Job
	for _, name := range []string{"a", "b", "c"} {
		jobs = append(jobs, shell(t, name, `echo "GPU $CUDA_VISIBLE_DEVICES"; sleep 1`))
	}
	seen := map[string]int{}
	for i, h := range submit(t, x, jobs...) {
		if s := end(t, x, h); s.End != Exited || s.ExitCode != 0 {
			t.Errorf("job %d: %+v", i, s)
		}
		log, err := os.ReadFile(jobs[i].Log)
		if err != nil {
			t.Fatal(err)
		}
		seen[strings.TrimSpace(string(log))]++
	}
	if seen["GPU 0"]+seen["GPU 1"] != 3 || seen["GPU 0"] == 0 || seen["GPU 1"] == 0 {
		t.Errorf("the jobs saw %v", seen)
	}
}

// twice is a job that runs until it is ended, and the second time to its end.
func twice(t *testing.T) Job {
	mark := filepath.Join(t.TempDir(), "mark")
	return shell(t, "j", "echo run; if test -e "+mark+"; then exit 0; fi; touch "+mark+"; while true; do sleep 0.1; done")
}

// testSlurmRequeued has a job queued again, as when it is preempted.
func testSlurmRequeued(t *testing.T, cluster *slurmtest.Cluster) {
	x := slurmOn(t, Resources{CPUs: 1})
	j := twice(t)
	h := submit(t, x, j)
	waitForLine(t, j.Log, "run")
	cluster.Command("scontrol", "requeue", h[0])
	if s := end(t, x, h[0]); s.End != Exited || s.ExitCode != 0 {
		t.Errorf("queued again: %+v", s)
	}
	if n := lines(t, j.Log, "run"); n != 2 {
		t.Errorf("the job ran %d times", n)
	}
}

// testSlurmNodeLost takes the node away from under a job.
func testSlurmNodeLost(t *testing.T, cluster *slurmtest.Cluster) {
	x := slurmOn(t, Resources{CPUs: 1})
	j := twice(t)
	h := submit(t, x, j)
	waitForLine(t, j.Log, "run")
	cluster.LoseNode()
	waitForPhase(t, x, h[0], Waiting)
	cluster.StartNode()
	if s := end(t, x, h[0]); s.End != Exited || s.ExitCode != 0 {
		t.Errorf("on the node that came back: %+v", s)
	}
	if n := lines(t, j.Log, "run"); n != 2 {
		t.Errorf("the job ran %d times", n)
	}
}

// lines counts the lines of a log that are text.
func lines(t *testing.T, log, text string) int {
	t.Helper()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if line == text+"\n" {
			n++
		}
	}
	return n
}

// waitForLine waits until a job has printed a line.
func waitForLine(t *testing.T, log, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if data, err := os.ReadFile(log); err == nil && strings.Contains("\n"+string(data), "\n"+text+"\n") {
			return
		}
	}
	t.Fatalf("the job never says %q", text)
}
