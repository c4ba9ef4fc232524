package theory

import (
	"math"
	"testing"
)

// TestFitCoupling recovers a coupling from runs that follow it, and the
// textbook's line from runs that do not.
func TestFitCoupling(t *testing.T) {
	want := Coupling{Base: 0.2, Test: 1.5, Train: 0.6}
	var runs []Measured
	for _, x := range []float64{0, 0.05, 0.1, 0.2} {
		runs = append(runs, Measured{x, want.Base + want.Test*x, want.Train * x})
	}
	fit, err := FitCoupling(runs)
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]float64{{fit.Base, want.Base}, {fit.Test, want.Test}, {fit.Train, want.Train}, {fit.RSquared, 1}, {fit.TrainRSquared, 1}} {
		if !(math.Abs(pair[0]-pair[1]) <= 1e-12) {
			t.Errorf("%+v, want %+v", fit, want)
		}
	}
	// The best line through (1, 0.5), (2, 1) and (4, 3) starts below 0; through
	// 0 its slope is Σxy/Σx².
	low := []Measured{{1, 0.5, 1}, {2, 1, 1}, {4, 3, 3}}
	fit, err = FitCoupling(low)
	if err != nil {
		t.Fatal(err)
	}
	if fit.Base != 0 || !(math.Abs(fit.Test-14.5/21) <= 1e-12) || !(math.Abs(fit.Train-15.0/21) <= 1e-12) {
		t.Errorf("%+v", fit)
	}
	if _, err := FitCoupling(low[:1]); err == nil {
		t.Error("one run is fitted")
	}
	if _, err := FitCoupling(nil); err == nil {
		t.Error("no runs are fitted")
	}
}
