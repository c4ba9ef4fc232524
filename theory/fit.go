package theory

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// Measured is what one run says about [Coupling].
type Measured struct {
	Memorization  float64 // p·m/S, with the S of the clean training samples
	Dilation      float64 // R, tr Σ_W/tr Σ_B of the test samples
	TrainDilation float64 // r′²/S², the same of the clean training samples
}

// CouplingFit is a coupling by least squares.
type CouplingFit struct {
	Coupling
	// RSquared and TrainRSquared are the shares of the variance of the two
	// dilations over the runs that the lines explain. The latter line passes
	// through 0 and may explain less than the mean does, which is below 0.
	RSquared, TrainRSquared float64
}

// FitCoupling fits the lines R = A + C x and r′²/S² = C′ x to runs, x =
// p·m/S. An A below 0 becomes 0. It needs two or more values of x. Where runs
// that memorize more dilate less C is below 0, and no model follows.
func FitCoupling(runs []Measured) (CouplingFit, error) {
	x, test, train := make([]float64, len(runs)), make([]float64, len(runs)), make([]float64, len(runs))
	for i, r := range runs {
		x[i], test[i], train[i] = r.Memorization, r.Dilation, r.TrainDilation
	}
	if len(x) == 0 || floats.Max(x) == floats.Min(x) {
		return CouplingFit{}, fmt.Errorf("theory: %d runs that all memorize alike say nothing of how memorization dilates", len(runs))
	}
	var fit CouplingFit
	if fit.Base, fit.Test = stat.LinearRegression(x, test, nil, false); fit.Base < 0 {
		fit.Base, fit.Test = stat.LinearRegression(x, test, nil, true)
	}
	_, fit.Train = stat.LinearRegression(x, train, nil, true)
	fit.RSquared = stat.RSquared(x, test, nil, fit.Base, fit.Test)
	fit.TrainRSquared = stat.RSquared(x, train, nil, 0, fit.Train)
	return fit, nil
}
