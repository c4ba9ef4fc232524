package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/metrics"
)

// TestMeasureGolden measures the reference tables from their files.
func TestMeasureGolden(t *testing.T) {
	for _, name := range golden.Cases(t, "metrics") {
		t.Run(name, func(t *testing.T) {
			var want metrics.Result
			golden.JSON(t, name+"/expected.json", &want)
			dir := filepath.Join("..", "..", "fixtures", "golden", name)
			got, notes, err := Table(context.Background(), filepath.Join(dir, "features.arrow"), filepath.Join(dir, "classifier.arrow"), metrics.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(notes) != 0 || got.Split != want.Split || got.N != want.N {
				t.Errorf("split %q, n %d, notes %q; want %q, %d and none", got.Split, got.N, notes, want.Split, want.N)
			}
			for _, v := range []struct {
				name      string
				got, want metrics.Float
			}{
				{"nc1", got.NC1, want.NC1},
				{"nc1_logits", got.NC1Logits, want.NC1Logits},
				{"nc3_wh", got.NC3WH, want.NC3WH},
				{"nc4_bias", got.NC4Bias, want.NC4Bias},
				{"ece", got.ECE, want.ECE},
				{"memorization", got.Memorization.Mean, want.Memorization.Mean},
			} {
				if d := math.Abs(float64(v.got - v.want)); d > 1e-9*math.Abs(float64(v.want)) || v.got.Defined() != v.want.Defined() {
					t.Errorf("%s is %v, want %v", v.name, v.got, v.want)
				}
			}
		})
	}
}

// foreignTable writes a table as another program may: an Arrow stream without
// metadata, of lists, with more logits than labels.
func foreignTable(t *testing.T, logits string) string {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "feature", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64)},
		{Name: "logits", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32)},
		{Name: "label", Type: arrow.PrimitiveTypes.Uint8},
	}, nil)
	rows := fmt.Sprintf(`[{"feature": [1, 0], "logits": %[1]s, "label": 0}, {"feature": [0, 1], "logits": %[1]s, "label": 1}]`, logits)
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "foreign.arrows")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := ipc.NewWriter(file, ipc.WithSchema(schema))
	if err := errors.Join(w.Write(rec), w.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMeasureForeign measures tables that do not state K: it is that of the
// labels, or of the logits where these are more.
func TestMeasureForeign(t *testing.T) {
	for _, c := range []struct {
		logits  string
		classes int
		note    string
	}{
		{"[0.5, 1]", 2, "the largest label + 1"},
		{"[0.5, 1, 2]", 3, "K is taken to be 3, the number of logits"},
	} {
		r, notes, err := Table(context.Background(), foreignTable(t, c.logits), "", metrics.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Classes != c.classes || r.NC2ETF.Defined() || r.NC1.Defined() != (c.classes == 2) {
			t.Errorf("logits %s: K is %d, NC1 %v, NC2 %v", c.logits, r.Classes, r.NC1, r.NC2ETF)
		}
		if !strings.Contains(strings.Join(notes, "\n"), c.note) {
			t.Errorf("logits %s: notes %q lack %q", c.logits, notes, c.note)
		}
	}
}

func TestMeasureErrors(t *testing.T) {
	const dir = "../../fixtures/golden/metrics/"
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		ctx                        context.Context
		features, classifier, want string
	}{
		{context.Background(), "missing.arrow", "", "missing.arrow"},
		{context.Background(), dir + "k2_d2_n400/features.arrow", "missing.arrow", "missing.arrow"},
		{context.Background(), dir + "k2_d2_n400/features.arrow", dir + "k4_d16_n1000/classifier.arrow", "is 4×16, but the features have 2 classes and 2 dimensions"},
		{cancelled, dir + "k2_d2_n400/features.arrow", "", "context canceled"},
	} {
		_, _, err := Table(c.ctx, c.features, c.classifier, metrics.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("features %s, classifier %s: %v, want %q", c.features, c.classifier, err, c.want)
		}
	}
}

// TestRoomForClasses refuses a number of classes that no memory holds.
func TestRoomForClasses(t *testing.T) {
	for _, c := range []struct {
		classes int
		free    int64
		want    string
	}{
		{1000, 40e6, ""},
		{1001, 40e6, "1001 classes take about 40.1 MB of memory, and 40.0 MB are free: is the largest label a class?"},
		{1 << 20, 1 << 40, "1048576 classes take about"},
		{1 << 20, 0, ""},
	} {
		if err := roomForClasses(c.classes, c.free); (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%d classes in %d bytes: %v, want %q", c.classes, c.free, err, c.want)
		}
	}
}
