package pipeline

import (
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/fixtures"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// TestFolderFiles lists the files of a run folder, which are a contract.
func TestFolderFiles(t *testing.T) {
	_, path := finished(t)
	var got []string
	for _, name := range slices.Sorted(maps.Keys(contents(t, path))) {
		if !strings.HasPrefix(name, "report/figures/") {
			got = append(got, name)
		}
	}
	want := []string{
		"checkpoints/best.ckpt", "checkpoints/last.ckpt", "checkpoints/lock", "checkpoints/progress.json", "checkpoints/stages.json", "experiment.toml",
		"features/classifier.arrow", "features/test.arrow", "features/train.arrow",
		"history.arrow", "log.jsonl", "metrics.json", "model.onnx", "report/index.html", "samples.arrow", "statistics.arrow", "tensors.json",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the run folder holds\n%q, want\n%q", got, want)
	}
}

// TestFolderSchemas reads the schemas of the Arrow files with Arrow's own
// reader.
func TestFolderSchemas(t *testing.T) {
	e, path := finished(t)
	vectors := func(n string) string { return "fixed_size_list<item: " + n + ", nullable>[2]" }
	featureColumns := []string{
		"feature " + vectors("float32"), "logits " + vectors("float32"), "label int32", "true_label int32",
		"split dictionary<values=utf8, indices=int8, ordered=false>",
	}
	for _, c := range []struct {
		file    string
		rows    int64
		columns []string
		meta    map[string]string
	}{
		{runfolder.SamplesFile, 800, []string{"index int32", "split utf8", "label int32", "true_label int32"}, nil},
		{runfolder.HistoryFile, 2, []string{
			"epoch int32", "lr float64", "train_loss float64", "train_accuracy float64", "val_loss float64", "val_accuracy float64",
			"seconds float64", "samples_per_second float64", "peak_memory_bytes float64",
		}, nil},
		{runfolder.TrainFeatures, 200, featureColumns, map[string]string{"classes": "2", "split": "train", "run": e.UID()}},
		{runfolder.TestFeatures, 600, featureColumns, map[string]string{"classes": "2", "split": "test", "run": e.UID()}},
		{runfolder.ClassifierFile, 2, []string{"weight " + vectors("float32"), "bias float32"}, nil},
		{runfolder.StatisticsFile, 6, nil, nil}, // 2 splits × 2 classes and 2 corrupted cells
	} {
		schema, rows := readSchema(t, filepath.Join(path, c.file))
		var columns []string
		for _, f := range schema.Fields() {
			columns = append(columns, f.Name+" "+f.Type.String())
		}
		if rows != c.rows || c.columns != nil && !slices.Equal(columns, c.columns) {
			t.Errorf("%s: %d rows of %q, want %d of %q", c.file, rows, columns, c.rows, c.columns)
		}
		meta := schema.Metadata()
		for key, want := range c.meta {
			if got, _ := meta.GetValue(key); got != want {
				t.Errorf("%s: metadata %s is %q, want %q", c.file, key, got, want)
			}
		}
	}
}

func readSchema(t *testing.T, path string) (schema *arrow.Schema, rows int64) {
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
		rows += rec.NumRows()
	}
	return r.Schema(), rows
}

// TestSamples compares samples.arrow with the data set: where it selects, what
// it corrupts, and that the feature files have the same rows.
func TestSamples(t *testing.T) {
	_, path := finished(t)
	columns, _, err := features.ReadTable(filepath.Join(path, runfolder.SamplesFile))
	if err != nil {
		t.Fatal(err)
	}
	index, _ := features.Values[int32](columns, "index")
	label, _ := features.Values[int32](columns, "label")
	trueLabel, _ := features.Values[int32](columns, "true_label")
	split, _ := features.Values[string](columns, "split")
	d := embedded(t)
	counts, corrupted := map[string]int{}, 0
	for i := range index {
		counts[split[i]]++
		of := d.TrainSamples
		if split[i] == "test" {
			of = d.TestSamples
		}
		if of[index[i]].Index != index[i] || of[index[i]].TrueLabel != trueLabel[i] {
			t.Fatalf("row %d: true label %d of image %d, the data set says %+v", i, trueLabel[i], index[i], of[index[i]])
		}
		if label[i] != trueLabel[i] {
			corrupted++
			if split[i] == "test" {
				t.Errorf("test sample %d is corrupted", i)
			}
		}
	}
	// About η/2 of 200 labels change: 20 ± 3 standard deviations.
	if counts["train"] != 200 || counts["test"] != 600 || counts["val"] != 0 || corrupted < 7 || corrupted > 33 {
		t.Errorf("%v samples, %d corrupted", counts, corrupted)
	}
	for file, want := range map[string][2][]int32{runfolder.TrainFeatures: {label[:200], trueLabel[:200]}, runfolder.TestFeatures: {label[200:], trueLabel[200:]}} {
		if labels, trueLabels := labelsOf(t, filepath.Join(path, file)); !slices.Equal(labels, want[0]) || !slices.Equal(trueLabels, want[1]) {
			t.Errorf("%s has other labels than %s", file, runfolder.SamplesFile)
		}
	}
}

// labelsOf reads the labels of a table of features.
func labelsOf(t *testing.T, path string) (labels, trueLabels []int32) {
	t.Helper()
	table, err := features.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = table.Each(func(b features.Batch) error {
		for i, label := range b.Labels {
			labels, trueLabels = append(labels, int32(label)), append(trueLabels, int32(b.TrueLabels[i]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return labels, trueLabels
}

// embedded loads all embedded samples without noise, in file order.
func embedded(t *testing.T) *datasets.Dataset {
	t.Helper()
	d, err := datasets.Load(t.Context(), datasets.Options{Name: "mnist", Classes: 2, FS: fixtures.MNIST01(), Log: quiet().Log})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestModelFile checks the form of model.onnx, and recomputes features and
// logits from it in float64 by another engine.
func TestModelFile(t *testing.T) {
	_, path := finished(t)
	m, err := graphs.Load(filepath.Join(path, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := graphs.Check(m); err != nil {
		t.Error(err)
	}
	var outputs []string
	for _, o := range m.Graph.Outputs {
		outputs = append(outputs, o.Name)
	}
	in := m.Graph.Inputs[0]
	if !slices.Equal(outputs, []string{"features", "logits"}) || len(m.Graph.Inputs) != 1 || in.Type.Shape[0].IsKnown() {
		t.Errorf("outputs %v, input %s", outputs, in.Type)
	}
	norms := 0
	for _, n := range m.Graph.Nodes {
		if n.Op == "BatchNormalization" {
			norms++
			if len(n.Outputs) != 1 || slices.ContainsFunc(n.Attributes, func(a graphs.Attribute) bool { return a.Name == "training_mode" && a.Int != 0 }) {
				t.Errorf("%s is in training form", n.Name)
			}
		}
	}
	if norms != 2 {
		t.Errorf("%d BatchNormalization nodes, want 2", norms)
	}
	d := embedded(t)
	s := split(d, datasets.Test)
	const n = 20
	pixels := make([]float32, n*3072)
	x := make([]float64, len(pixels))
	for i := range n {
		s.Fill(pixels[i*3072:(i+1)*3072], i)
	}
	for i, v := range pixels {
		x[i] = float64(v)
	}
	got, err := eval.Run(m, map[string]*eval.Value{in.Name: eval.Floats([]int{n, 3, 32, 32}, x...)})
	if err != nil {
		t.Fatal(err)
	}
	table, err := features.Open(filepath.Join(path, runfolder.TestFeatures))
	if err != nil {
		t.Fatal(err)
	}
	err = table.Each(func(b features.Batch) error {
		closeTo(t, "feature", b.Features[:2*n], got["features"])
		closeTo(t, "logit", b.Logits[:2*n], got["logits"])
		return io.EOF // these are enough
	})
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// closeTo reports values further apart than float32 explains.
func closeTo(t *testing.T, what string, got []float64, want *eval.Value) {
	t.Helper()
	for i, w := range want.F {
		if !(math.Abs(got[i]-w) <= 1e-5*(1+math.Abs(w))) {
			t.Errorf("%s %d is %v, recomputed %v", what, i, got[i], w)
		}
	}
}
