package features_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/features"
)

func Example() {
	dir, err := os.MkdirTemp("", "features")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "test.arrow")
	if err := writeFeatures(path); err != nil {
		panic(err)
	}

	table, err := features.Open(path)
	if err != nil {
		panic(err)
	}
	fmt.Println("d =", table.Dim(), "K =", table.Classes(), "split =", table.Meta().Split)
	err = table.Each(func(b features.Batch) error {
		for i := range b.N {
			fmt.Println(b.Features[i*table.Dim():(i+1)*table.Dim()], b.Labels[i], b.TrueLabels[i])
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// d = 3 K = 2 split = test
	// [1 2 3] 0 0
	// [4 5 6] 1 0
}

// writeFeatures shows the life of a Writer: Close takes back what Commit did
// not complete.
func writeFeatures(path string) error {
	w, err := features.Create(path, features.Meta{Dim: 3, Classes: 2, Split: "test"})
	if err != nil {
		return err
	}
	defer w.Close()
	err = w.Write(features.Rows{
		Features:   []float32{1, 2, 3, 4, 5, 6},
		Logits:     []float32{0.9, 0.1, 0.2, 0.8},
		Labels:     []int32{0, 1},
		TrueLabels: []int32{0, 0},
	})
	if err != nil {
		return err
	}
	return w.Commit()
}

func ExampleReadClassifier() {
	path := filepath.Join(os.TempDir(), "memdil-example-classifier.arrow")
	defer os.Remove(path)
	if err := features.WriteClassifier(path, features.Classifier{Classes: 2, Dim: 2, Weight: []float64{1, 0, 0, 1}}); err != nil {
		panic(err)
	}
	c, err := features.ReadClassifier(path)
	fmt.Println(c.Classes, c.Dim, c.Weight, c.Bias, err)
	// Output: 2 2 [1 0 0 1] [0 0] <nil>
}

func ExampleReadTable() {
	path := filepath.Join(os.TempDir(), "memdil-example-history.arrow")
	defer os.Remove(path)
	err := features.WriteTable(path, map[string]string{"run": "demo"},
		features.Column{Name: "epoch", Values: []int32{1, 2}},
		features.Column{Name: "train_loss", Values: []float64{0.7, 0.5}})
	if err != nil {
		panic(err)
	}
	cols, meta, err := features.ReadTable(path)
	if err != nil {
		panic(err)
	}
	loss, err := features.Values[float64](cols, "train_loss")
	fmt.Println(meta["run"], loss, err)
	// Output: demo [0.7 0.5] <nil>
}
