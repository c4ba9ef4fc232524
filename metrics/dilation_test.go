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

// TestMDRun places a run by hand: at 0 and 4 two clean samples of each class,
// 1 to both sides, and a sample of class 0 that is labelled and lies as class 1.
func TestMDRun(t *testing.T) {
	train := problem{dim: 1, classes: 2, Batch: Batch{
		Features: []float64{-1, 1, 3, 5, 4}, Labels: []int{0, 0, 1, 1, 1}, TrueLabels: []int{0, 0, 1, 1, 0},
	}}.compute(t, 5)
	test := problem{dim: 1, classes: 2, Batch: Batch{Features: []float64{-2, 2, 4, 4}, Labels: []int{0, 0, 1, 1}}}.compute(t, 4)
	r := NewMDRun(train, test)
	for _, c := range []struct {
		name string
		got  Float
		want float64
	}{
		{"memorization", r.Memorization, 0.8}, {"dilation", r.Dilation, 2}, {"relative dilation", r.RelativeDilation, 0.5},
		{"corrupted", r.Corrupted, 0.2}, {"separation", r.Separation, 2}, {"clean spread", r.CleanSpread, 1},
	} {
		if !near(float64(c.got), c.want, 1e-12) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	clean := NewMDRun(test, test)
	if clean.Corrupted != 0 || !near(float64(clean.Separation), 2, 1e-12) || !near(float64(clean.CleanSpread), 2, 1e-12) {
		t.Errorf("nothing corrupted: %+v", clean)
	}
	train.Measures = nil
	if old := NewMDRun(train, test); old.Separation.Defined() || old.CleanSpread.Defined() {
		t.Errorf("without measures: %+v", old)
	}
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

// TestMDTests compares p-values, R² and Holm's correction with those of scipy
// 1.17.1 (linregress, ttest_rel) and statsmodels 0.15.0 (multipletests).
func TestMDTests(t *testing.T) {
	var runs []MDRun
	for _, group := range []string{"", "cifar10"} {
		for _, r := range []struct {
			noise                            Float
			seed                             int
			memorization, dilation, accuracy [2]Float // of cross entropy and of LS
		}{
			{0, 1, [2]Float{undefined, undefined}, [2]Float{1.1, 1.0}, [2]Float{99, 99.1}},
			{0, 2, [2]Float{undefined, undefined}, [2]Float{1.2, 1.15}, [2]Float{99.2, 99.2}},
			{0, 3, [2]Float{undefined, undefined}, [2]Float{1.3, 1.0}, [2]Float{99.1, 99.25}},
			{0.2, 1, [2]Float{2.1, 1.9}, [2]Float{2.2, 2.0}, [2]Float{97, 98}},
			{0.2, 2, [2]Float{2.4, 2.0}, [2]Float{2.5, 2.2}, [2]Float{97.5, 98.2}},
			{0.2, 3, [2]Float{2.2, 1.7}, [2]Float{2.6, 2.1}, [2]Float{97.1, 98.5}},
			{0.4, 1, [2]Float{3.9, 3.3}, [2]Float{4.4, 3.0}, [2]Float{95, 96.5}},
			{0.4, 2, [2]Float{4.2, 3.5}, [2]Float{4.1, 3.3}, [2]Float{94.5, 97.5}},
		} {
			for i, loss := range []string{"CrossEntropy", "LS"} {
				runs = append(runs, MDRun{
					Loss: loss, Group: group, Condition: fmt.Sprint(r.noise, r.seed), Noise: r.noise, Memorization: r.memorization[i], Dilation: r.dilation[i],
					RelativeMemorization: undefined, RelativeDilation: undefined, TestAccuracy: r.accuracy[i], TestNC1: undefined,
				})
			}
		}
	}
	s := MemorizationDilation(runs)
	if n := len(s.Absolute.Losses); n != 4 || s.Absolute.Losses[3].Name() != "LS, cifar10" || len(s.Absolute.Contrasts) != 2 || len(s.ByNoise) != 6 {
		t.Fatalf("%d lines, %d contrasts, %d by noise: %+v", n, len(s.Absolute.Contrasts), len(s.ByNoise), s)
	}
	line, contrast, none, some, much := s.Absolute.Losses[2], s.Absolute.Contrasts[1], s.ByNoise[3], s.ByNoise[4], s.ByNoise[5]
	for _, c := range []struct {
		name string
		got  Float
		want float64
	}{
		{"slope", line.Slope.Value, 0.9753208292201382},
		{"p of the slope", line.SlopeP, 0.006042363961119482},
		{"R²", line.RSquared, 0.941952081397357},
		{"p of memorization", contrast.Memorization.P, 0.005057588874345128},
		{"p of dilation", contrast.Dilation.P, 0.041359322695412676},
		{"sign-flip p of dilation", contrast.Dilation.PSigns, 2. / 32},
		{"dilation without noise", none.Dilation.Value, -0.15},
		{"its lower end", none.Dilation.Low, -0.4786205303864214},
		{"its p", none.Dilation.P, 0.18849732879931083},
		{"its corrected p", none.Dilation.PHolm, 0.6780052756914572},
		{"its sign-flip p", none.Dilation.PSigns, 0.25},
		{"memorization at 0.2", some.Memorization.P, 0.053270737593742505},
		{"accuracy at 0.4", much.TestAccuracy.Value, 2.25},
		{"its upper end", much.TestAccuracy.High, 11.77965355213102},
		{"its p", much.TestAccuracy.P, 0.20483276469913345},
		{"its corrected p", much.TestAccuracy.PHolm, 0.7974369238982854},
	} {
		if !near(float64(c.got), c.want, 1e-9) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if none.Memorization.Pairs != 0 || none.Memorization.Value.Defined() || none.Dilation.Pairs != 3 || contrast.Pairs != 5 || none.TestNC1.P.Defined() {
		t.Errorf("without noise: %+v", none)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"p":`, `"low":`, `"p_signs":`, `"p_holm":null`, `"slope_p":`, `"r_squared":`, `"group":"cifar10"`, `"by_noise":[{"loss":"LS","baseline":"CrossEntropy","noise":0,`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the JSON form lacks %s", want)
		}
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
