package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/memdil/memdil/cli"
	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/ort/orttest"
)

// TestTrainingGraphsPage does what docs/training-graphs.md shows: derives the
// step by its commands and trains with it by its programs, in a folder where
// the embedded images are as in the repository.
func TestTrainingGraphsPage(t *testing.T) {
	page, err := os.ReadFile("docs/training-graphs.md")
	if err != nil {
		t.Fatal(err)
	}
	commands, programs, goPrograms := blocks(string(page), ""), blocks(string(page), "python"), blocks(string(page), "go")
	if len(programs) != 2 || len(goPrograms) != 1 {
		t.Fatalf("the page has %d programs in Python and %d in Go", len(programs), len(goPrograms))
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Symlink(filepath.Join(root, "fixtures"), "fixtures"); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(commands[0]) {
		if err := cli.Run(context.Background(), strings.Fields(line), io.Discard, io.Discard); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	t.Run("Go", func(t *testing.T) {
		write(t, "main.go", goPrograms[0])
		build := exec.Command("go", "build", "-o", filepath.Join(dir, "train"), filepath.Join(dir, "main.go"))
		build.Dir = root // for its module's libraries
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		train := exec.Command("./train")
		train.Env = append(os.Environ(), "ORT_LIBRARY="+orttest.Runtime(t).Info().Library)
		out, err := train.CombinedOutput()
		if err != nil || !regexp.MustCompile(`^(step \d+: loss [0-9.]+, \d+ of 40 right\n){4}step 100: loss 0\.[0-9]+, (3[4-9]|40) of 40 right\n$`).Match(out) {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("Python", func(t *testing.T) {
		write(t, "train.py", strings.Join(programs, "\n"))
		out := python.Run(t, []string{"onnx", "onnxruntime"}, "train.py")
		if !regexp.MustCompile(`^(epoch \d: loss [0-9.]+, accuracy [0-9.]+%\n){4}epoch 5: loss 0\.2[0-9]+, accuracy (99\.\d+|100\.00)%\n$`).MatchString(out) {
			t.Errorf("printed\n%s", out)
		}
		before, err := graphs.Load("mlp.onnx")
		if err != nil {
			t.Fatal(err)
		}
		after, err := graphs.Load("trained.onnx")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range before.Graph.Initializers {
			if trained := after.Graph.Initializer(w.Name); trained == nil || string(trained.Data) == string(w.Data) {
				t.Errorf("%s is not trained", w.Name)
			}
		}
	})
}

// blocks returns the code blocks of a page that are marked with a language.
func blocks(page, language string) (code []string) {
	for _, m := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		if m[1] == language {
			code = append(code, m[2])
		}
	}
	return code
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
