package report

import (
	"image/color"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/plotter"
)

// lettered compares runs that go by the names a, b, c.
func lettered(runs ...Run) *comparison {
	named := slices.Clone(runs)
	for i := range named {
		named[i].Name = string(rune('a' + i))
	}
	return newComparison(named)
}

func curvesOf(q quantity, runs ...Run) []curve {
	c := lettered(runs...)
	return collectCurves(q, q.present(c), c)
}

func TestCurveBreaksWhereNotMeasured(t *testing.T) {
	nan := math.NaN()
	var c curve
	for i, y := range []float64{1, 2, nan, 3, math.Inf(1), nan, 4, 5} {
		c.xys = append(c.xys, plotter.XY{X: float64(i), Y: y})
	}
	var lengths []int
	for _, s := range segments(c.xys) {
		lengths = append(lengths, len(s))
	}
	if len(lengths) != 3 || lengths[0] != 2 || lengths[1] != 1 || lengths[2] != 2 {
		t.Errorf("segments of lengths %v, want [2 1 2]", lengths)
	}
}

// TestSparseMetricsAreJoined draws a metric measured at every fifth epoch as
// one line.
func TestSparseMetricsAreJoined(t *testing.T) {
	curves := curvesOf(extraQuantity("nc1"), Run{History: history(20, 1)})
	if len(curves) != 1 {
		t.Fatalf("%d curves, want 1", len(curves))
	}
	if s := segments(curves[0].xys); len(s) != 1 || len(s[0]) != 4 || s[0][0].X != 5 {
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
		curves := curvesOf(learningRate, run)
		if len(curves) != 1 || !curves[0].steps {
			t.Fatalf("%v: %+v, want one curve of steps", c.rates, curves)
		}
		all := segments(curves[0].xys)
		if got := steps(all[0]); len(all) != 1 || !slices.Equal(got, c.want) {
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
		f, ok := curveFigure(learningRate, lettered(c.runs...))
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
		for _, curve := range curvesOf(trainingQuantities[0], c.runs...) {
			got = append(got, curve.name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("curves %q, want %q", got, c.want)
		}
	}
}

// TestSplitsOfAMetricShareAFigure draws train_X, val_X and test_X together, and
// puts what is no metric beside loss and accuracy.
func TestSplitsOfAMetricShareAFigure(t *testing.T) {
	run := Run{History: []Epoch{{Epoch: 1, ValLoss: 1, ValAccuracy: 2, Extra: map[string]float64{
		"train_nc1": 3, "test_nc1": 4, "test_accuracy_top1": 90, "test_loss": 1, "memory_mib": 100, "val_odd": 1,
	}}, {Epoch: 2}}}
	c := lettered(run)
	names := func(figures []figure) (out []string) {
		for _, f := range figures {
			text := f.name
			for _, e := range f.legend {
				text += " " + e.text
			}
			out = append(out, text)
		}
		return out
	}
	main, further := metricFigures(c)
	if got, want := names(main), []string{"history-nc1 train test", "history-accuracy-top1 test"}; !slices.Equal(got, want) {
		t.Errorf("metrics: %q, want %q", got, want)
	}
	if got, want := names(further), []string{"history-odd validation"}; !slices.Equal(got, want) {
		t.Errorf("further measures: %q, want %q", got, want)
	}
	want := []string{"loss train validation test", "accuracy train validation", "learning-rate", "history-memory-mib"}
	if got := names(trainingFigures(c)); !slices.Equal(got, want) {
		t.Errorf("training: %q, want %q", got, want)
	}
}

// TestEqualSplitsAreDrawnOnce leaves out the test curve of what is of the
// classifier alone.
func TestEqualSplitsAreDrawnOnce(t *testing.T) {
	same := Run{History: []Epoch{{Epoch: 1, Extra: map[string]float64{"train_nc2_etf": 1, "test_nc2_etf": 1}}, {Epoch: 2, Extra: map[string]float64{"train_nc2_etf": 2, "test_nc2_etf": 2}}}}
	other := Run{History: []Epoch{{Epoch: 1, Extra: map[string]float64{"train_nc2_etf": 1, "test_nc2_etf": 3}}}}
	for _, c := range []struct {
		runs []Run
		want int
	}{{[]Run{same}, 1}, {[]Run{same, same}, 1}, {[]Run{same, other}, 2}} {
		compared := lettered(c.runs...)
		q := extraQuantity("nc2_etf")
		if kinds, _ := withoutTwins(q.present(compared), compared, q); len(kinds) != c.want {
			t.Errorf("%d runs: %d kinds of curves, want %d", len(c.runs), len(kinds), c.want)
		}
	}
}

// TestNamesOfFiguresDiffer keeps apart what differs in more than file names hold.
func TestNamesOfFiguresDiffer(t *testing.T) {
	run := Run{History: []Epoch{{Epoch: 1, Extra: map[string]float64{"test_a/b": 1, "test_a-b": 2, "test_a_b": 3}}}}
	_, further := metricFigures(lettered(run))
	seen := map[string]bool{}
	for _, f := range further {
		seen[f.name] = true
	}
	if len(seen) != 3 {
		t.Errorf("figures %v, want three names", seen)
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
		if got := trainingLead(lettered(c.runs...)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestBytesAreMegabytes draws a fact of the training that is a size.
func TestBytesAreMegabytes(t *testing.T) {
	run := Run{History: []Epoch{{Epoch: 1, Extra: map[string]float64{"peak_memory_bytes": 117e6}}, {Epoch: 2, Extra: map[string]float64{"peak_memory_bytes": 140e6}}}}
	q := extraQuantity("peak_memory_bytes")
	curves := curvesOf(q, run)
	if len(curves) != 1 || !slices.Equal(curves[0].xys, plotter.XYs{{X: 1, Y: 117}, {X: 2, Y: 140}}) || q.axis != "peak memory (MB)" {
		t.Errorf("axis %q, curves %v", q.axis, curves)
	}
}

func TestWrapped(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		"nearest class mean, accuracy":           "nearest class mean, accuracy",
		"dilation (spread of the test features)": "dilation (spread of\nthe test features)",
		"averyverylongwordwithoutanyblanksinit":  "averyverylongwordwithoutanyblanksinit",
	} {
		if got := wrapped(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
