package metrics

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// TestGolden compares with float64 values from PyTorch and numpy, see
// fixtures/golden/README.md.
func TestGolden(t *testing.T) {
	dirs, err := filepath.Glob("../fixtures/golden/metrics/*")
	if err != nil || len(dirs) != 4 {
		t.Fatalf("golden cases: %v, %v; want 4", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			table, split := goldenTable(t, filepath.Join(dir, "features.arrow"))
			r, err := Compute(context.Background(), table, goldenClassifier(t, filepath.Join(dir, "classifier.arrow")), Options{})
			if err != nil {
				t.Fatal(err)
			}
			r.Split = split
			text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			delete(want, "case")
			got := asTree(t, r)
			delete(got, "measures") // not the original's
			compareTrees(t, "", got, want, 1e-9, 0)
		})
	}
}

// TestKeyOrder checks that the keys come in the order of expected.json.
func TestKeyOrder(t *testing.T) {
	const dir = "../fixtures/golden/metrics/k2_d2_n400"
	table, split := goldenTable(t, dir+"/features.arrow")
	r, err := Compute(context.Background(), table, goldenClassifier(t, dir+"/classifier.arrow"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Split, r.Measures = split, nil
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(dir + "/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	gotKeys, wantKeys := keys(t, got), append(keys(t, want)[1:], "measures") // without case
	if len(gotKeys) != len(wantKeys) {
		t.Fatalf("keys %q, want %q", gotKeys, wantKeys)
	}
	for i := range wantKeys {
		if gotKeys[i] != wantKeys[i] {
			t.Errorf("key %d is %q, want %q", i, gotKeys[i], wantKeys[i])
		}
	}
}

func goldenTable(t *testing.T, path string) (table *Table, split string) {
	var b Batch
	schema := readArrow(t, path, func(rec arrow.Record) {
		features := floats32(rec, "feature")
		logits := floats32(rec, "logits")
		b.Features, b.Logits = append(b.Features, features...), append(b.Logits, logits...)
		b.Labels = append(b.Labels, ints32(rec, "label")...)
		b.TrueLabels = append(b.TrueLabels, ints32(rec, "true_label")...)
	})
	meta := schema.Metadata()
	classes, err := strconv.Atoi(meta.Values()[meta.FindKey("classes")])
	if err != nil {
		t.Fatal(err)
	}
	table, err = NewTable(b, len(b.Features)/len(b.Labels), classes)
	if err != nil {
		t.Fatal(err)
	}
	return table, meta.Values()[meta.FindKey("split")]
}

func goldenClassifier(t *testing.T, path string) *Classifier {
	var c Classifier
	readArrow(t, path, func(rec arrow.Record) {
		weight := floats32(rec, "weight")
		bias := floats32(rec, "bias")
		c.Weight, c.Bias = append(c.Weight, weight...), append(c.Bias, bias...)
	})
	return &c
}

func readArrow(t *testing.T, path string, visit func(arrow.Record)) *arrow.Schema {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		visit(rec)
	}
	return r.Schema()
}

// floats32 is a column of float32 or of fixed-size lists of them, flat.
func floats32(rec arrow.Record, name string) (values []float64) {
	column := rec.Column(rec.Schema().FieldIndices(name)[0])
	if list, ok := column.(*array.FixedSizeList); ok {
		column = list.ListValues()
	}
	for _, v := range column.(*array.Float32).Float32Values() {
		values = append(values, float64(v))
	}
	return values
}

func ints32(rec arrow.Record, name string) (values []int) {
	for _, v := range rec.Column(rec.Schema().FieldIndices(name)[0]).(*array.Int32).Int32Values() {
		values = append(values, int(v))
	}
	return values
}
