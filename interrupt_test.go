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
	args := []string{"run", "--data-dir", "embedded", "--width", "8", "--depth", "2", "--epochs", "100000", "--uid", "long"}
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
