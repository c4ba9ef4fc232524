package features_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
)

// constants are images of one shade each.
type constants []float32

func (c constants) Len() int { return len(c) }

func (c constants) Fill(x []float32, i int) {
	for j := range x {
		x[j] = c[i]
	}
}

func ExampleExport() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	m, err := zoo.Build("MLP", zoo.Options{Classes: 2, Width: 16, Depth: 2, FixDim: 4})
	if err != nil {
		log.Fatal(err)
	}
	model, table := filepath.Join(dir, "model.onnx"), filepath.Join(dir, "train.arrow")
	if err := graphs.Save(model, m); err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	e, err := features.NewEngine(ctx, features.ONNXGo, model, features.EngineOptions{Batch: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	w, err := features.Create(table, features.Meta{Dim: e.Dim(), Classes: e.Classes(), Split: "train"})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Close()
	images := constants{-1, 0, 1}
	labels := []datasets.Sample{{Label: 0, TrueLabel: 0}, {Label: 1, TrueLabel: 0}, {Label: 1, TrueLabel: 1}}
	err = features.Export(ctx, e, images, labels, w, func(done, total int) { fmt.Println(done, "of", total) })
	if err != nil {
		log.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		log.Fatal(err)
	}

	t, err := features.Open(table)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("d =", t.Dim(), "K =", t.Classes())
	// Output:
	// 2 of 3
	// 3 of 3
	// d = 4 K = 2
}
