package report

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/memdil/memdil/metrics"
)

// goldenPoints reads the features of a golden case (fixtures/golden/README.md).
func goldenPoints(t *testing.T, name string) *Points {
	t.Helper()
	p := &Points{TrueLabels: []int{}}
	readArrow(t, goldenPath(name, "features.arrow"), func(rec arrow.Record) {
		values, dim := vectors(t, rec, "feature")
		p.Dim = dim
		p.Features = append(p.Features, values...)
		p.Labels = append(p.Labels, ints(t, rec, "label")...)
		p.TrueLabels = append(p.TrueLabels, ints(t, rec, "true_label")...)
		logits, classes := vectors(t, rec, "logits")
		r := metrics.NewReliability(classes)
		r.Add(widened(logits), ints(t, rec, "label"))
		p.Reliability = r.Bins() // the tables have one record each
	})
	return p
}

// goldenClassifier reads the classifier of a golden case.
func goldenClassifier(t *testing.T, name string) *Classifier {
	t.Helper()
	c := &Classifier{}
	readArrow(t, goldenPath(name, "classifier.arrow"), func(rec arrow.Record) {
		values, _ := vectors(t, rec, "weight")
		c.Weight = append(c.Weight, values...)
		c.Bias = append(c.Bias, column(t, rec, "bias").(*array.Float32).Float32Values()...)
	})
	return c
}

// goldenExpected decodes the expected values of a golden case into v.
func goldenExpected(t *testing.T, name string, v any) {
	t.Helper()
	data, err := os.ReadFile(goldenPath(name, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func goldenPath(name, file string) string {
	return filepath.Join("..", "fixtures", "golden", "metrics", name, file)
}

func readArrow(t *testing.T, path string, each func(arrow.Record)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer r.Close()
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		each(rec)
	}
}

func column(t *testing.T, rec arrow.Record, name string) arrow.Array {
	t.Helper()
	found := rec.Schema().FieldIndices(name)
	if len(found) != 1 {
		t.Fatalf("no column %q", name)
	}
	return rec.Column(found[0])
}

func vectors(t *testing.T, rec arrow.Record, name string) (values []float32, dim int) {
	list := column(t, rec, name).(*array.FixedSizeList)
	dim = int(list.DataType().(*arrow.FixedSizeListType).Len())
	from := list.Data().Offset() * dim
	return list.ListValues().(*array.Float32).Float32Values()[from : from+list.Len()*dim], dim
}

func widened(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

func ints(t *testing.T, rec arrow.Record, name string) []int {
	var out []int
	for _, v := range column(t, rec, name).(*array.Int32).Int32Values() {
		out = append(out, int(v))
	}
	return out
}

// history returns a plausible training history with validation.
func history(epochs int, scale float64) []Epoch {
	h := make([]Epoch, epochs)
	for i := range h {
		x := float64(i) / float64(epochs)
		h[i] = Epoch{
			Epoch: i + 1, LR: 0.1 * math.Pow(0.1, math.Floor(3*x)),
			TrainLoss: scale * (0.1 + 0.6*math.Exp(-6*x)), TrainAccuracy: 60 + 39*(1-math.Exp(-7*x)),
			ValLoss: scale * (0.3 + 0.4*math.Exp(-8*x) + 0.2*x), ValAccuracy: 60 + 25*(1-math.Exp(-9*x)) - 3*x,
			Seconds: 1.5, SamplesPerSecond: 8000,
		}
		if i%5 == 4 {
			h[i].Extra = map[string]float64{"nc1": scale * 3 * math.Exp(-5*x), "nc2_etf": 0.5 - 0.4*x}
		}
	}
	return h
}

// goldenResult returns the expected metrics of a golden case as a result.
func goldenResult(t *testing.T, name string) *metrics.Result {
	t.Helper()
	r := &metrics.Result{}
	goldenExpected(t, name, r)
	return r
}

// goldenRun returns a run of two classes with everything a report can show.
func goldenRun(t *testing.T, loss string) Run {
	t.Helper()
	return Run{
		Name:        "MLP_mnist_c2_ln0.2_" + loss + "_relu_d6_w1024_s42",
		Settings:    []Setting{{Name: "model", Value: "MLP"}, {Name: "loss", Value: loss}, {Name: "label_noise", Value: "0.2"}},
		Train:       goldenResult(t, "k2_d2_n400"),
		Test:        goldenResult(t, "k2_d2_n200_test"),
		History:     history(40, 1),
		TrainPoints: goldenPoints(t, "k2_d2_n400"),
		TestPoints:  goldenPoints(t, "k2_d2_n200_test"),
		Classifier:  goldenClassifier(t, "k2_d2_n400"),
	}
}
