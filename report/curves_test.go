package report

import (
	"image/color"
	"math"
	"slices"
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

// TestLearningRateIsAStepFunction wants level lines and upright ones, whose
// values at the epochs are those of the history.
func TestLearningRateIsAStepFunction(t *testing.T) {
	for _, c := range []struct {
		rates []float64
		want  plotter.XYs
	}{
		{[]float64{3}, plotter.XYs{{X: 1, Y: 3}}},
		{[]float64{3, 3, 3}, plotter.XYs{{X: 1, Y: 3}, {X: 3, Y: 3}}},
		{[]float64{3, 3, 2, 2, 1}, plotter.XYs{{X: 1, Y: 3}, {X: 2.5, Y: 3}, {X: 2.5, Y: 2}, {X: 4.5, Y: 2}, {X: 4.5, Y: 1}, {X: 5, Y: 1}}},
	} {
		var run Run
		for i, lr := range c.rates {
			run.History = append(run.History, Epoch{Epoch: i + 1, LR: lr})
		}
		curves := collectCurves(learningRate, []Run{run}, []string{"x"})
		if len(curves) != 1 || !curves[0].steps {
			t.Fatalf("%v: %+v, want one curve of steps", c.rates, curves)
		}
		segments := curves[0].segments()
		if got := steps(segments[0]); len(segments) != 1 || !slices.Equal(got, c.want) {
			t.Errorf("%v: corners %v, want %v", c.rates, got, c.want)
		}
	}
}

// TestEqualCurvesAreOne draws a schedule that runs share in one colour.
func TestEqualCurvesAreOne(t *testing.T) {
	same, other := Run{History: history(20, 1)}, Run{History: history(20, 1)}
	for i := range other.History {
		other.History[i].LR /= 2
	}
	for _, c := range []struct {
		runs []Run
		want []string
	}{
		{[]Run{same}, nil},
		{[]Run{same, same, other}, []string{"a s0", "b s0", "c s2"}},
		{[]Run{same, other, other}, []string{"a s0", "b s1", "c s1"}},
		{[]Run{same, same, same}, []string{"all runs ink"}},
		{[]Run{same, same, {}}, []string{"a s0", "b s0"}},
	} {
		f, ok := curveFigure(learningRate, c.runs, []string{"a", "b", "c"}[:len(c.runs)])
		var got []string
		for _, e := range f.legend {
			got = append(got, e.text+" "+roleOf(e.line.Color.(color.NRGBA)))
		}
		if !ok || !slices.Equal(got, c.want) {
			t.Errorf("%d runs: legend %q, want %q", len(c.runs), got, c.want)
		}
	}
}

// TestKindOfCurveIsSaidWhereThereIsAChoice names train and validation only
// where some run was validated.
func TestKindOfCurveIsSaidWhereThereIsAChoice(t *testing.T) {
	bare := history(3, 1)
	for i := range bare {
		bare[i].ValLoss = math.NaN()
	}
	for _, c := range []struct {
		runs []Run
		want []string
	}{
		{[]Run{{History: bare}, {History: history(3, 2)}}, []string{"a, train", "b, train", "b, validation"}},
		{[]Run{{History: bare}, {History: bare[:2]}}, []string{"a", "b"}},
	} {
		var got []string
		for _, curve := range collectCurves(trainingQuantities[0], c.runs, []string{"a", "b"}) {
			got = append(got, curve.name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("curves %q, want %q", got, c.want)
		}
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
		{"a: 2 epochs in 3 s, 200 samples a second.\nb: 1 epoch.", []Run{{History: timed}, {History: []Epoch{{}}}}},
	} {
		if got := trainingLead(c.runs, []string{"a", "b"}[:len(c.runs)]); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
