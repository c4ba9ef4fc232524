package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// mdRuns are runs of two losses on noisy lines: of LS dilation rises half as
// fast, and at equal conditions it memorizes 0.5 less.
func mdRuns(n int, noise float64) []MDRun {
	rng := rand.New(rand.NewPCG(5, 5))
	var runs []MDRun
	for i := range n {
		x := 1 + float64(i)/float64(n)
		for _, l := range []struct {
			name         string
			shift, slope float64
		}{{"CrossEntropy", 0, 2}, {"LS 0.1", -0.5, 1}} {
			m := x + l.shift
			runs = append(runs, MDRun{
				Loss: l.name, Condition: fmt.Sprint(i), Memorization: Float(m), Dilation: Float(3 + l.slope*m + noise*rng.NormFloat64()),
				RelativeMemorization: Float(m / 10), RelativeDilation: undefined,
			})
		}
	}
	return runs
}

// TestMDExact has points on lines, where everything is known.
func TestMDExact(t *testing.T) {
	a := MemorizationDilation(mdRuns(8, 0)).Absolute
	ce, ls := a.Losses[0], a.Losses[1]
	if ce.Loss != "CrossEntropy" || ls.Loss != "LS 0.1" || ce.Runs != 8 {
		t.Fatalf("losses %+v", a.Losses)
	}
	for _, c := range []struct {
		name string
		got  Float
		want float64
	}{
		{"slope", ce.Slope.Value, 2}, {"its lower end", ce.Slope.Low, 2}, {"its upper end", ce.Slope.High, 2},
		{"slope of LS", ls.Slope.Value, 1}, {"intercept", ls.Intercept, 3}, {"correlation", ls.Correlation, 1},
		{"mean memorization", ce.Memorization.Value, 1 + 3.5/8},
		{"difference of memorization", a.Contrasts[0].Memorization.Value, -0.5},
		{"its upper end", a.Contrasts[0].Memorization.High, -0.5},
		{"difference of slopes", a.Contrasts[0].Slope.Value, -1},
		{"its lower end", a.Contrasts[0].Slope.Low, -1},
	} {
		if !near(float64(c.got), c.want, 1e-12) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if c := a.Contrasts[0]; c.Loss != "LS 0.1" || c.Baseline != "CrossEntropy" || c.Pairs != 8 {
		t.Errorf("contrast %+v", c)
	}
}

// TestBootstrap compares the interval of a slope with its standard error by
// the textbook's formula, σ/√Σ(x−x̄)².
func TestBootstrap(t *testing.T) {
	const n, noise = 200, 0.2
	runs := mdRuns(n, noise)
	slope := MemorizationDilation(runs).Absolute.Losses[0].Slope
	var x []float64
	for _, r := range runs {
		if r.Loss == Baseline {
			x = append(x, float64(r.Memorization))
		}
	}
	want := 2 * 1.96 * noise / math.Sqrt(float64(n)*stat.PopVariance(x, nil))
	if got := float64(slope.High - slope.Low); !near(got, want, 0.12) {
		t.Errorf("interval %v to %v of width %v, want about %v", slope.Low, slope.High, got, want)
	}
	if slope.Low > 2 || slope.High < 2 {
		t.Errorf("interval %v to %v, want 2 in it", slope.Low, slope.High)
	}
	if again := MemorizationDilation(runs).Absolute.Losses[0].Slope; again != slope {
		t.Errorf("another interval of the same runs: %v, %v", again, slope)
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{1, 2, 4, 8}
	for q, want := range map[float64]float64{0: 1, 1: 8, 0.5: 3, 0.9: 6.8} { // numpy.quantile
		if got := quantile(values, q); !near(float64(got), want, 1e-12) {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

// TestMDUndefined goes through what runs may leave undefined.
func TestMDUndefined(t *testing.T) {
	one := MemorizationDilation(mdRuns(1, 0))
	l := one.Absolute.Losses[0]
	if l.Runs != 1 || l.Slope.Value.Defined() || l.Intercept.Defined() || l.Correlation.Defined() || !l.Memorization.Value.Defined() || l.Memorization.Low.Defined() {
		t.Errorf("one run: %+v", l)
	}
	if l := one.Relative.Losses[0]; l.Runs != 0 || l.Memorization.Value.Defined() {
		t.Errorf("no dilation: %+v", l)
	}
	same := mdRuns(5, 1)
	for i := range same {
		same[i].Memorization = 1
	}
	if l := MemorizationDilation(same).Absolute.Losses[0]; l.Slope.Value.Defined() || l.Correlation.Defined() || !l.Dilation.Low.Defined() {
		t.Errorf("equal memorization: %+v", l)
	}
	text, err := json.Marshal(MemorizationDilation(nil))
	if err != nil || strings.Contains(string(text), `"losses":null`) {
		t.Errorf("no runs: %s, %v", text, err)
	}
	if c := MemorizationDilation(mdRuns(5, 1)[:3]).Absolute.Contrasts[0]; c.Pairs != 1 || c.Slope.Value.Defined() {
		t.Errorf("three runs: %+v", c)
	}
}
