package features

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
)

// pyarrow is what the scripts need of Python.
var pyarrow = []string{"pyarrow"}

// TestPythonReads has pyarrow, polars and DuckDB read what memdil writes.
func TestPythonReads(t *testing.T) {
	dir := t.TempDir()
	f := fixture{
		meta: Meta{Dim: 2, Classes: 3, Split: "train", Run: "MLP_mnist", HasSplitColumn: true},
		writes: []Rows{
			{Features: []float32{0.5, 1, 2, 3}, Logits: []float32{1, 2, 3, 4, 5, 6}, Labels: []int32{2, 1}, TrueLabels: []int32{0, 1}, Splits: []string{"train", "val"}},
			{Features: []float32{-1, 0.25}, Logits: []float32{7, 8, 9}, Labels: []int32{0}, TrueLabels: []int32{0}, Splits: []string{"val"}},
		},
	}
	classifier := filepath.Join(dir, "classifier.arrow")
	if err := WriteClassifier(classifier, Classifier{Classes: 2, Dim: 2, Weight: []float64{1, 2, 3, 4}, Bias: []float64{0.5, -1}}); err != nil {
		t.Fatal(err)
	}
	const want = `feature: fixed_size_list<item: float>[2]
  child 0, item: float
logits: fixed_size_list<item: float>[3]
  child 0, item: float
label: int32
true_label: int32
split: dictionary<values=string, indices=int8, ordered=0>
classes = 3
split = train
run = MLP_mnist
0.5 1.0 1.0 2.0 3.0 2 0 train
2.0 3.0 4.0 5.0 6.0 1 1 val
-1.0 0.25 7.0 8.0 9.0 0 0 val
1.0 2.0 0.5
3.0 4.0 -1.0
`
	if got := python.Run(t, pyarrow, "testdata/read.py", f.write(t, dir), classifier); got != want {
		t.Errorf("python read\n%s\nwant\n%s", got, want)
	}
}

// TestReadsPython reads one table in every form that Python's tools write.
func TestReadsPython(t *testing.T) {
	dir := t.TempDir()
	if out := python.Run(t, pyarrow, "testdata/variants.py", dir); out != "" {
		t.Log(out)
	}
	want := Batch{N: 6, Labels: []int{0, 1, 2, 0, 1, 2}, TrueLabels: []int{0, 1, 2, 0, 2, 1}}
	for i := range 18 {
		want.Features = append(want.Features, float64(i)/8)
		want.Logits = append(want.Logits, float64(i)/4)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.arrow"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".arrow")
		t.Run(name, func(t *testing.T) {
			checkAllocator(t)
			want := want
			switch {
			case name == "no_logits":
				want.Logits = nil
			case name == "no_true_label":
				want.TrueLabels = want.Labels
			case strings.HasPrefix(name, "split"), strings.HasPrefix(name, "polars"):
				want.Splits = []string{"train", "val", "train", "train", "val", "val"}
			}
			table, got := mustRead(t, path)
			if !equalBatches(got, want) {
				t.Errorf("read %+v, want %+v", got, want)
			}
			if table.Classes() != 3 || table.Dim() != 3 {
				t.Errorf("K = %d, d = %d, want 3 and 3", table.Classes(), table.Dim())
			}
		})
	}
}
