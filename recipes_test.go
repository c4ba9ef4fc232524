package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/cli"
	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/ort/orttest"
)

// TestRecipes runs the programs of docs/recipes.md in a run folder, each where
// Python has what it needs.
func TestRecipes(t *testing.T) {
	orttest.Runtime(t)
	page, err := os.ReadFile("docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	programs := blocks(string(page), "python")
	if len(programs) != 5 {
		t.Fatalf("%d programs", len(programs))
	}
	dir := t.TempDir()
	command := "memdil run --runs-dir " + dir + " --uid run --data-dir embedded --dataset mnist --model MLP --depth 2 --width 8 --use_bn" +
		" --sample_size 50 --label_noise 0.2 --epochs 2 --batch_size 32 --formats parquet,csv,npy"
	if err := cli.Run(context.Background(), strings.Fields(command), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(dir, "run"))
	for _, program := range programs {
		t.Run(strings.Fields(program)[1], func(t *testing.T) {
			write(t, "recipe.py", program)
			if out := python.Run(t, modules(program), "recipe.py"); strings.TrimSpace(out) == "" {
				t.Error("it prints nothing")
			}
		})
	}
}

// modules are those that a program imports.
func modules(program string) (names []string) {
	for line := range strings.Lines(program) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "import" {
			names = append(names, f[1])
		}
	}
	return names
}
