package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// memdil returns a command that runs this program.
func memdil(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Args, cmd.Dir = append([]string{"memdil"}, args...), dir // testscript.Main goes by the name
	return cmd
}

// TestInterrupt stops a run with Ctrl-C while another process asks for its
// folder.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	args := []string{"run", "--data-dir", "embedded", "--model", "MLP", "--width", "8", "--depth", "2", "--epochs", "100000", "--uid", "long"}
	cmd := memdil(t, dir, args...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	for line := ""; !strings.HasPrefix(line, "epoch 1/"); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	rest := make(chan string)
	go func() {
		text, _ := io.ReadAll(lines)
		rest <- string(text)
	}()

	var out bytes.Buffer
	other := memdil(t, dir, args...)
	other.Stderr = &out
	_ = other.Run()
	if code := other.ProcessState.ExitCode(); code != 1 || !strings.HasPrefix(out.String(), "memdil: run folder runs/long is held by another process: ") {
		t.Errorf("a second process ended with %d: %s", code, out.String())
	}

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	text := <-rest
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.HasSuffix(text, "\nmemdil: interrupted; the same command goes on from here\n") {
		t.Errorf("ended with %d:\n%s", code, text[max(0, len(text)-500):])
	}
	if _, err := os.Stat(dir + "/runs/long/checkpoints/last.ckpt"); err != nil {
		t.Error(err)
	}
}

// TestChild has runs done by a child process, as those on a GPU are. Ctrl-C
// reaches only the parent; the child leaves a checkpoint, from which the same
// command goes on as if nothing had been.
func TestChild(t *testing.T) {
	dir := t.TempDir()
	run := func(uid string) *exec.Cmd {
		cmd := memdil(t, dir, "run", "--data-dir", "embedded", "--model", "MLP", "--width", "8", "--depth", "2", "--use-bn", "--epochs", "60", "--loop", "device", "--uid", uid)
		cmd.Env = append(os.Environ(), "MEMDIL_CHILD=always")
		return cmd
	}
	whole := run("whole")
	if out, err := whole.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cut := run("cut")
	text := interruptAfter(t, cut, "epoch 3/")
	if code := cut.ProcessState.ExitCode(); code != 130 || strings.Count(text, "memdil: interrupted") != 1 {
		t.Errorf("ended with %d:\n%s", code, text)
	}
	if _, err := os.Stat(dir + "/runs/cut/model.onnx"); err == nil {
		t.Fatal("the run was over before it could be interrupted")
	}
	if out, err := run("cut").CombinedOutput(); err != nil || strings.Contains(string(out), "epoch 1/") || !strings.Contains(string(out), "\ntrain: goes on after ") {
		t.Fatalf("going on: %v: %s", err, out)
	}
	if !bytes.Equal(read(t, dir+"/runs/cut/model.onnx"), read(t, dir+"/runs/whole/model.onnx")) {
		t.Error("the interrupted run trained another model")
	}
	failing := memdil(t, dir, "run", "--data-dir", "embedded", "--model", "MLP", "--classes", "5", "--uid", "failing")
	failing.Env = append(os.Environ(), "MEMDIL_CHILD=always")
	out, _ := failing.CombinedOutput()
	if code := failing.ProcessState.ExitCode(); code != 2 || strings.Count(string(out), "memdil: --data_dir: ") != 1 {
		t.Errorf("a mistake ended with %d:\n%s", code, out)
	}
}

// interruptAfter starts a program, interrupts it when a line begins with start,
// and returns the rest of what it says.
func interruptAfter(t *testing.T, cmd *exec.Cmd, start string) string {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	for line := ""; !strings.HasPrefix(line, start); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines)
	_ = cmd.Wait()
	return string(rest)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
