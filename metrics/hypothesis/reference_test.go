package hypothesis

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

// What scipy and statsmodels say, by testdata/reference.py.
//
//go:embed testdata/reference.json
var referenceJSON []byte

type reference struct {
	Samples []struct {
		Name        string
		A, B        []float64
		Welch       TTest
		Paired      *TTest
		Slope       *TTest
		Permutation float64
		SignFlip    *float64 `json:"sign_flip"`
		KS          KSTest
	}
	Powers []struct {
		N, M        int
		Level       float64
		Power       float64
		PairedPower float64 `json:"paired_power"`
		Shift       float64
		PairedShift float64 `json:"paired_shift"`
	}
	Holm struct {
		P, Corrected []float64
	}
	Kolmogorov [][2]float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	var r reference
	if err := json.Unmarshal(referenceJSON, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// near compares relatively, so that small p-values count with their digits.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func nearTTest(t *testing.T, what string, got, want TTest) {
	t.Helper()
	const tolerance = 1e-9
	near(t, what+": estimate", got.Estimate, want.Estimate, tolerance)
	near(t, what+": low", got.Low, want.Low, tolerance)
	near(t, what+": high", got.High, want.High, tolerance)
	near(t, what+": t", got.T, want.T, tolerance)
	near(t, what+": degrees of freedom", got.DF, want.DF, tolerance)
	near(t, what+": p", got.P, want.P, tolerance)
}

func TestAgainstSciPy(t *testing.T) {
	for _, s := range readReference(t).Samples {
		t.Run(s.Name, func(t *testing.T) {
			nearTTest(t, "Welch", Welch(s.A, s.B), s.Welch)
			if s.Paired != nil {
				nearTTest(t, "Paired", Paired(s.A, s.B), *s.Paired)
				nearTTest(t, "Slope", Slope(s.A, s.B), *s.Slope)
				near(t, "SignFlip", SignFlip(s.A, s.B).P, *s.SignFlip, 1e-12)
			}
			if p := Permutation(s.A, s.B); p.Exact {
				near(t, "Permutation", p.P, s.Permutation, 1e-12)
			} else { // two shares of draws, whose error is 2 %
				near(t, "Permutation", p.P, s.Permutation, 0.08)
			}
			k := KolmogorovSmirnov(s.A, s.B)
			near(t, "D", k.D, s.KS.D, 1e-12)
			near(t, "p of D", k.P, s.KS.P, 1e-9)
		})
	}
}

func TestPowerAgainstStatsmodels(t *testing.T) {
	for _, r := range readReference(t).Powers {
		near(t, "power", Power(r.N, r.M, 0.7, r.Level), r.Power, 1e-9)
		near(t, "paired power", PairedPower(r.N, 0.7, r.Level), r.PairedPower, 1e-9)
		near(t, "shift", SmallestShift(r.N, r.M, 0.8, r.Level), r.Shift, 1e-5)
		near(t, "power of that shift", Power(r.N, r.M, SmallestShift(r.N, r.M, 0.8, r.Level), r.Level), 0.8, 1e-12)
		near(t, "paired shift", SmallestPairedShift(r.N, 0.8, r.Level), r.PairedShift, 1e-5)
	}
}

func TestHolmAgainstStatsmodels(t *testing.T) {
	r := readReference(t).Holm
	got := Holm(r.P)
	for i := range got {
		near(t, "p", got[i], r.Corrected[i], 1e-12)
	}
}

func TestKolmogorovAgainstSciPy(t *testing.T) {
	for _, r := range readReference(t).Kolmogorov {
		near(t, "tail", kolmogorov(r[0]), r[1], 1e-12)
	}
}
