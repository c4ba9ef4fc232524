package report

import (
	"math"
	"testing"

	"gonum.org/v1/plot/plotter"
)

func TestCurveBreaksWhereNotMeasured(t *testing.T) {
	nan := math.NaN()
	var c curve
	for i, y := range []float64{1, 2, nan, 3, math.Inf(1), nan, 4, 5} {
		c.xys = append(c.xys, plotter.XY{X: float64(i), Y: y})
	}
	var lengths []int
	for _, s := range c.segments() {
		lengths = append(lengths, len(s))
	}
	if len(lengths) != 3 || lengths[0] != 2 || lengths[1] != 1 || lengths[2] != 2 {
		t.Errorf("segments of lengths %v, want [2 1 2]", lengths)
	}
}

// TestSparseMetricsAreJoined draws a metric measured at every fifth epoch as
// one line.
func TestSparseMetricsAreJoined(t *testing.T) {
	curves := collectCurves(extraQuantity("nc1"), []Run{{History: history(20, 1)}}, []string{"x"})
	if len(curves) != 1 {
		t.Fatalf("%d curves, want 1", len(curves))
	}
	if s := curves[0].segments(); len(s) != 1 || len(s[0]) != 4 || s[0][0].X != 5 {
		t.Errorf("segments %v, want one from epoch 5 with four values", s)
	}
}

func TestTrainingLead(t *testing.T) {
	timed := []Epoch{{Seconds: 2, SamplesPerSecond: 100}, {Seconds: 1, SamplesPerSecond: 400}}
	for _, c := range []struct {
		want string
		runs []Run
	}{
		{"", []Run{{}}},
		{"1 epoch.", []Run{{History: []Epoch{{Seconds: math.NaN()}}}}},
		{"2 epochs in 3 s, 200 samples a second.", []Run{{History: timed}}},
		{"a: 2 epochs in 3 s, 200 samples a second. b: 1 epoch.", []Run{{History: timed}, {History: []Epoch{{}}}}},
	} {
		if got := trainingLead(c.runs, []string{"a", "b"}[:len(c.runs)]); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
