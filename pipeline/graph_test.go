package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
)

// TestForeignGraph trains a model from a file with three classes on two: its
// head is replaced, the rest kept, the frozen layer unchanged; the file is not
// needed afterwards.
func TestForeignGraph(t *testing.T) {
	dir := t.TempDir()
	m, err := zoo.Build("MLP", zoo.Options{Classes: 3, Width: 8, Depth: 2, FixDim: 4, BatchNorm: true, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "mine.onnx")
	if err := graphs.Save(path, m); err != nil {
		t.Fatal(err)
	}
	e := experiment(t, "graph", path, "data_dir", Embedded, "runs_dir", filepath.Join(dir, "runs"), "epochs", "1", "batch_size", "64", "freeze", "layers.0.*")
	run, err := Run(t.Context(), e, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(filepath.Base(run), "mine_mnist_c2_") {
		t.Errorf("the run is called %s", filepath.Base(run))
	}
	trained, err := graphs.Load(filepath.Join(run, ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	if d := trained.Graph.Initializer("fc.weight").Dims; d[0] != 2 || d[1] != 4 {
		t.Errorf("the head has shape %v", d)
	}
	for name, same := range map[string]bool{"layers.0.weight": true, "layers.3.weight": false} {
		if got := string(trained.Graph.Initializer(name).Data) == string(m.Graph.Initializer(name).Data); got != same {
			t.Errorf("%s unchanged: %t, want %t", name, got, same)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := RunStage(t.Context(), run, StageExport, Options{}); err != nil {
		t.Error(err)
	}
}

func TestForeignGraphMistakes(t *testing.T) {
	dir := t.TempDir()
	small := filepath.Join(dir, "small.onnx")
	b, err := graphs.NewBuilder(graphs.NewModel("small", 18))
	if err != nil {
		t.Fatal(err)
	}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(4)}})
	b.Output(b.Named("logits", "MatMul", []string{x, b.Initializer(graphs.NewFloats("w", []int64{4, 2}, make([]float32, 8)))}))
	if err := graphs.Save(small, b.Model()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		small:                          "the images are 3×32×32",
		filepath.Join(dir, "not.onnx"): "no such file",
	} {
		e := Defaults()
		for _, s := range [][2]string{{"graph", path}, {"data_dir", Embedded}, {"runs_dir", dir}} {
			if err := e.Set(s[0], s[1]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Run(t.Context(), e, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q in it", filepath.Base(path), err, want)
		}
	}
}
