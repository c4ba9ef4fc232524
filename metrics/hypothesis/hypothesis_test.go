package hypothesis

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/random"
)

// normals draws n numbers of a normal distribution.
func normals(seed uint64, n int, mean float64) []float64 {
	s := random.New(seed, random.Bench, 0)
	x := make([]float64, n)
	for i := range x {
		x[i] = mean + s.Normal(uint64(i))
	}
	return x
}

// TestUndefined goes through what samples may leave undefined: it is NaN, and
// no p-value is 0. The p-values of unequal samples are scipy's (ttest_ind,
// permutation_test, ks_2samp), those of constants the shares of arrangements.
func TestUndefined(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		a, b []float64
		// The p-values, NaN for none.
		welch, paired, permutation, flip, ks float64
	}{
		{"nothing", nil, nil, nan, nan, nan, nan, nan},
		{"one each", []float64{1}, []float64{2}, nan, nan, nan, nan, nan},
		{"not a number", []float64{1, 2, nan}, []float64{2, 3, 4}, nan, nan, nan, nan, nan},
		{"infinite", []float64{1, 2, 3}, []float64{2, 3, math.Inf(1)}, nan, nan, nan, nan, nan},
		{"all equal", []float64{7, 7, 7}, []float64{7, 7, 7}, nan, nan, 1, 1, 1},
		{"constant, apart", []float64{1, 1, 1}, []float64{2, 2, 2}, nan, nan, 0.1, 0.25, 0.1},
		{"constant up to rounding", []float64{0.3, 0.1 + 0.2, 0.3}, []float64{0.2, 0.2, 0.2}, nan, nan, 0.1, 0.25, 0.1},
		{"equal differences", []float64{1.1, 2.1, 3.1}, []float64{1, 2, 3}, 0.9084300584902192, nan, 0.7, 0.25, 1},
	} {
		a, b := slices.Clone(c.a), slices.Clone(c.b)
		for _, p := range []struct {
			test      string
			got, want float64
		}{
			{"Welch", Welch(a, b).P, c.welch}, {"Paired", Paired(a, b).P, c.paired},
			{"Permutation", Permutation(a, b).P, c.permutation}, {"SignFlip", SignFlip(a, b).P, c.flip},
			{"KolmogorovSmirnov", KolmogorovSmirnov(a, b).P, c.ks},
		} {
			if math.IsNaN(p.got) != math.IsNaN(p.want) || math.Abs(p.got-p.want) > 1e-9 {
				t.Errorf("%s: p of %s is %v, want %v", c.name, p.test, p.got, p.want)
			}
		}
	}
	if d := Welch([]float64{1, 1}, []float64{3, 3}).Estimate; d != -2 {
		t.Errorf("difference of constants %v, want −2: it is known, only its error is not", d)
	}
	for name, s := range map[string]TTest{
		"two points":  Slope([]float64{1, 2}, []float64{1, 3}),
		"on a line":   Slope([]float64{0.1, 0.2, 0.3}, []float64{1.1, 1.3, 1.5}),
		"flat":        Slope([]float64{1, 2, 3}, []float64{5, 5, 5}),
		"x is one":    Slope([]float64{2, 2, 2}, []float64{1, 2, 3}),
		"nothing":     Slope(nil, nil),
		"not a point": Slope([]float64{1, 2, nan}, []float64{1, 2, 3}),
	} {
		if !math.IsNaN(s.P) || !math.IsNaN(s.Low) {
			t.Errorf("slope, %s: %+v, want no p and no interval", name, s)
		}
	}
	for name, x := range map[string]float64{
		"one run": Power(1, 5, 1, 0.05), "one pair": PairedPower(1, 1, 0.05), "level 0": Power(5, 5, 1, 0), "level 1": SmallestShift(5, 5, 0.8, 1),
		"power 1": SmallestShift(5, 5, 1, 0.05), "power below the level": SmallestPairedShift(5, 0.01, 0.05), "no shift": Power(5, 5, nan, 0.05),
	} {
		if !math.IsNaN(x) {
			t.Errorf("power, %s: %v, want NaN", name, x)
		}
	}
}

// TestTinyP has differences beyond the range of a p-value.
func TestTinyP(t *testing.T) {
	a, b := normals(1, 400, 0), normals(2, 400, 1e6)
	if p := Welch(a, b).P; p <= 0 || p > 1e-300 {
		t.Errorf("p %v, want a positive one below 1e-300", p)
	}
	if p := Permutation(a, b); p.P != 1.0/(Draws+1) || p.Exact {
		t.Errorf("permutation %+v, want the least share that drawing can tell", p)
	}
	if p := KolmogorovSmirnov(a, b); p.P <= 0 || p.P > 1e-200 {
		t.Errorf("Kolmogorov–Smirnov %+v, want a positive p below 1e-200", p)
	}
	if p := KolmogorovSmirnov(normals(1, 5000, 0), normals(2, 5000, 1e6)); p.P <= 0 || p.Exact {
		t.Errorf("Kolmogorov–Smirnov of large samples %+v, want a positive p of the limit", p)
	}
}

// TestDrawn compares drawn arrangements with all of them.
func TestDrawn(t *testing.T) {
	a, b := normals(1, 8, 0), normals(2, 9, 0.7)
	want := Permutation(a, b)
	pooled := append(slices.Clone(a), b...)
	mean := 0.0
	for _, x := range pooled {
		mean += x / float64(len(pooled))
	}
	observed := 0.0
	for i := range pooled {
		if pooled[i] -= mean; i < len(a) {
			observed += pooled[i]
		}
	}
	drawn := newTally(observed, 0)
	drawn.drawChoices(pooled, len(a))
	// Three standard deviations of a share of 10⁵ draws.
	if got := drawn.share(false); !(math.Abs(got-want.P) <= 3*math.Sqrt(want.P/Draws)) {
		t.Errorf("choices: %v drawn, %v of all", got, want.P)
	}
	d := differences(a, b[:8])
	sum := 0.0
	for _, x := range d {
		sum += x
	}
	flips := newTally(sum, 0)
	flips.drawFlips(d)
	want = SignFlip(a, b[:8])
	if got := flips.share(false); !(math.Abs(got-want.P) <= 3*math.Sqrt(want.P/Draws)) {
		t.Errorf("signs: %v drawn, %v of all", got, want.P)
	}
	many, more := normals(3, 30, 0), normals(4, 30, 0.5)
	if one, two := SignFlip(many, more), SignFlip(many, more); one != two || one.Exact {
		t.Errorf("the same pairs gave %+v and %+v, want the same draws", one, two)
	}
	near(t, "SignFlip of 30 pairs", SignFlip(many, more).P, Paired(many, more).P, 0.15)
}

// TestKSExactAndLimit has the two forms of the p-value meet.
func TestKSExactAndLimit(t *testing.T) {
	a, b := normals(1, 2000, 0), normals(2, 2000, 0.05)
	k := KolmogorovSmirnov(a, b)
	if !k.Exact {
		t.Fatal("2000 numbers each: not exact")
	}
	near(t, "limit", kolmogorov(k.D*math.Sqrt(1000)), k.P, 0.03)
}

// TestLevel has tests of equal distributions err as often as their level says.
func TestLevel(t *testing.T) {
	const trials, level = 4000, 0.05
	found := map[string]int{}
	for i := range uint64(trials) {
		a, b := normals(2*i, 6, 0), normals(2*i+1, 6, 0)
		for name, p := range map[string]float64{
			"Welch": Welch(a, b).P, "Paired": Paired(a, b).P, "Slope": Slope(a, b).P,
			"Permutation": Permutation(a, b).P, "SignFlip": SignFlip(a, b).P, "KolmogorovSmirnov": KolmogorovSmirnov(a, b).P,
		} {
			if p <= level {
				found[name]++
			}
		}
	}
	for name, n := range found {
		// The share's standard deviation is 0.0034; tests of few arrangements
		// and Welch's stay below the level.
		if share := float64(n) / trials; share > level+0.01 || share < 0.02 {
			t.Errorf("%s finds a difference where there is none in %v of cases, want at most %v", name, share, level)
		}
	}
}

func TestHolmLeavesOut(t *testing.T) {
	ps := []float64{0.02, math.NaN(), 0.01}
	got := Holm(ps)
	if got[0] != 0.02 || !math.IsNaN(got[1]) || got[2] != 0.02 {
		t.Errorf("%v, want 0.02, NaN and 0.02", got)
	}
	if ps[2] != 0.01 || len(Holm(nil)) != 0 {
		t.Error("the p-values were changed")
	}
}

func TestPairsOfOtherLength(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Paired([]float64{1, 2}, []float64{1, 2, 3})
}

func BenchmarkPermutation(b *testing.B) {
	x, y := normals(1, 10, 0), normals(2, 10, 0)
	for b.Loop() {
		Permutation(x, y)
	}
}

func BenchmarkPermutationDrawn(b *testing.B) {
	x, y := normals(1, 25, 0), normals(2, 25, 0)
	for b.Loop() {
		Permutation(x, y)
	}
}

func BenchmarkSignFlipDrawn(b *testing.B) {
	x, y := normals(1, 25, 0), normals(2, 25, 0)
	for b.Loop() {
		SignFlip(x, y)
	}
}

func BenchmarkKolmogorovSmirnov(b *testing.B) {
	x, y := normals(1, 3000, 0), normals(2, 3000, 0)
	for b.Loop() {
		KolmogorovSmirnov(x, y)
	}
}
