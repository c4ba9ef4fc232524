package metrics

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestFloatJSON(t *testing.T) {
	for _, c := range []struct {
		value Float
		want  string
	}{{0.1, "0.1"}, {-3, "-3"}, {1e-300, "1e-300"}, {undefined, "null"}, {Float(math.Inf(1)), "null"}, {Float(math.Inf(-1)), "null"}} {
		text, err := json.Marshal(c.value)
		if err != nil || string(text) != c.want {
			t.Errorf("%v marshals to %s, %v; want %s", float64(c.value), text, err, c.want)
		}
		var back Float
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if back.Defined() != c.value.Defined() || (back.Defined() && back != c.value) {
			t.Errorf("%s reads as %v, want %v", text, back, c.value)
		}
	}
	var f Float
	if err := json.Unmarshal([]byte(`"x"`), &f); err == nil {
		t.Error("a string reads as a number")
	}
}

// TestRoundTrip writes results with undefined values and reads them back.
func TestRoundTrip(t *testing.T) {
	p := small()
	p.classes, p.Logits, p.classifier = 4, nil, nil
	r := p.compute(t, 100)
	r.Split = "train"
	text := marshal(t, r)
	var back Result
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(float64(back.NC1)) || back.ClassMeans[3] != nil || back.RankSigmaB != nil {
		t.Errorf("nc1 %v, mean of class 3 %v, rank %v; want all undefined", back.NC1, back.ClassMeans[3], back.RankSigmaB)
	}
	if again := marshal(t, &back); again != text {
		t.Errorf("read and written again:\n%s\nwant\n%s", again, text)
	}
}

func TestOptionalKeys(t *testing.T) {
	r := small().compute(t, 100)
	r.Measures = nil // have notes of their own
	text := marshal(t, r)
	for _, key := range []string{`"notes"`, `"split"`} {
		if strings.Contains(text, key) {
			t.Errorf("%s appears without a value", key)
		}
	}
}

func TestStatistics(t *testing.T) {
	train, test := small(), small()
	test.TrueLabels = nil
	a, b := train.compute(t, 100), test.compute(t, 100)
	a.Split, b.Split = "train", "test"
	rows := Statistics(a, b)
	if len(rows) != 3+2+3 {
		t.Fatalf("%d rows, want 3 classes and 2 cells of train, 3 classes of test", len(rows))
	}
	class, cell, clean := rows[1], rows[4], rows[5]
	if class.Split != "train" || class.Corrupted() || class.Label != 1 || class.Count != 3 || class.UncorruptedCount != 2 || class.MemorizationCount != 1 {
		t.Errorf("class row %+v", class)
	}
	if !cell.Corrupted() || cell.Label != 1 || cell.TrueLabel != 2 || cell.Count != 1 || cell.Mean[0] != 0 || cell.Mean[1] != 2 || cell.DistanceStddev != 0 {
		t.Errorf("cell row %+v", cell)
	}
	if clean.Split != "test" || clean.MemorizationSum != 0 || clean.MemorizationMean.Defined() {
		t.Errorf("class row of a clean table %+v", clean)
	}
}
