package features

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/fixtures/python"
)

// TestConvert has pyarrow, polars, DuckDB and numpy compare what features,
// statistics and history become in other formats with the Arrow files.
func TestConvert(t *testing.T) {
	dir := t.TempDir()
	three := int32(3)
	table := filepath.Join(dir, "statistics.arrow")
	err := WriteTable(table, map[string]string{"classes": "2"},
		Column{Name: "split", Values: []string{"train", "te,st \"x\"", ""}},
		Column{Name: "label", Values: []int32{0, 1, 2}},
		Column{Name: "true_label", Values: OptionalInts{nil, &three, nil}},
		Column{Name: "count", Values: []int64{1 << 40, 0, -5}},
		Column{Name: "value", Values: []float64{math.NaN(), 0.1, math.Inf(1)}},
		Column{Name: "mean", Values: Vectors{Width: 2, Rows: [][]float64{{1e-300, 2}, nil, {math.Pi, -1}}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{
		meta: Meta{Dim: 2, Classes: 3, Split: "train", Run: "MLP_mnist", HasSplitColumn: true},
		writes: []Rows{
			{Features: []float32{0.1, 1, 2, 3e-39}, Logits: []float32{1, 2, 3, 4, 5, 6}, Labels: []int32{2, 1}, TrueLabels: []int32{0, 1}, Splits: []string{"train", "val"}},
			{Features: []float32{-1, 0.25}, Logits: []float32{7, 8, 9}, Labels: []int32{0}, TrueLabels: []int32{0}, Splits: []string{"val"}},
		},
	}
	for _, path := range []string{table, f.write(t, dir)} {
		if err := arrowfile.Convert(path, arrowfile.Formats...); err != nil {
			t.Fatal(err)
		}
		if got := python.Run(t, []string{"pyarrow", "polars", "duckdb"}, "../arrowfile/testdata/compare.py", path); got != "same\n" {
			t.Errorf("%s: python says %q", path, got)
		}
	}
}

// TestConvertBroken leaves nothing behind.
func TestConvertBroken(t *testing.T) {
	f := fixture{meta: Meta{Dim: 1, Classes: 1}, writes: []Rows{{Features: []float32{1}, Logits: []float32{1}, Labels: []int32{0}, TrueLabels: []int32{0}}}}
	path := f.write(t, t.TempDir())
	if err := os.Truncate(path, 700); err != nil {
		t.Fatal(err)
	}
	if err := arrowfile.Convert(path, arrowfile.Formats...); err == nil {
		t.Error("no error")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.[pcn]*")); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}
