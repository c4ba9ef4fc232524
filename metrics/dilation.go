package metrics

import "math"

// MDRun is one run in the plane of memorization and dilation.
type MDRun struct {
	Run  string `json:"run"`  // name of the run
	Loss string `json:"loss"` // what it was trained with, "LS 0.1"
	// Group is what the run has of the settings beyond loss, noise and seed in
	// which the runs differ, "mnist"; empty where they differ in none. Only runs
	// of one group share a line and are compared: a line through two data sets
	// would say nothing.
	Group string `json:"group,omitempty"`
	// Condition is all that runs of different losses must share to be compared
	// in pairs: data, model, noise, seed.
	Condition string `json:"condition"`
	Noise     Float  `json:"noise"` // noise degree η
	// Memorization is that of all corrupted training samples together, per
	// training sample, (1/N) Σ ‖h_i − c_{t_i}‖ over the i with y_i ≠ t_i: the sum
	// of the published code (see [Memorization]), free of the number of samples.
	// It is 0 where nothing is corrupted, and grows with their share, as the mean
	// over the corrupted samples does not. Dilation is [Dilation] of the test
	// samples. Both grow with the scale of the features.
	Memorization Float `json:"memorization"`
	Dilation     Float `json:"dilation"`
	// RelativeMemorization and RelativeDilation do not: they are
	// Memorization/√(tr Σ_B) of the training samples and tr Σ_W/tr Σ_B of the
	// test samples.
	RelativeMemorization Float `json:"relative_memorization"`
	RelativeDilation     Float `json:"relative_dilation"`
	// TestAccuracy (percent) and TestNC1 are [Result.AccuracyTop1] and
	// [Result.NC1] of the test samples.
	TestAccuracy Float `json:"test_accuracy"`
	TestNC1      Float `json:"test_nc1"`
	// Corrupted is the share of corrupted training samples; Separation and
	// CleanSpread are √(tr Σ_B) and tr Σ_W of the others by class: the scale of
	// the features, and how far they themselves dilate.
	Corrupted   Float `json:"corrupted"`
	Separation  Float `json:"separation"`
	CleanSpread Float `json:"clean_spread"`
}

// NewMDRun places a run by the metrics of its training and test samples; its
// names are the caller's to set.
func NewMDRun(train, test *Result) MDRun {
	separation, spread := cleanOf(train)
	memorization := train.Memorization.Sum / Float(train.N)
	return MDRun{
		Memorization:         memorization,
		Dilation:             Float(Dilation(test)),
		RelativeMemorization: quotient(memorization, Float(math.Sqrt(float64(train.TraceSigmaB)))),
		RelativeDilation:     quotient(test.TraceSigmaW, test.TraceSigmaB),
		TestAccuracy:         test.AccuracyTop1,
		TestNC1:              test.NC1,
		Corrupted:            quotient(Float(train.Memorization.Count), Float(train.N)),
		Separation:           separation,
		CleanSpread:          spread,
	}
}

// cleanOf are √(tr Σ_B) and tr Σ_W of the samples that are not corrupted.
func cleanOf(r *Result) (separation, spread Float) {
	g := GroupMeasures{TraceSigmaW: r.TraceSigmaW, TraceSigmaB: r.TraceSigmaB}
	if r.Memorization.Count > 0 {
		if r.Measures == nil || r.Measures.Clean == nil { // a result from before they were measured
			return undefined, undefined
		}
		g = *r.Measures.Clean
	}
	return Float(math.Sqrt(float64(g.TraceSigmaB))), g.TraceSigmaW
}

// Dilation is the spread of test features around their class means, tr Σ_W of
// the table of test features:
//
//	1/N Σ_i ‖h_i − μ_{y_i}‖²,   i over the test samples, whose labels are clean.
//
// The published code has no function of its own for it and plots this trace
// (MD viz/viz_utils.py:370-425).
func Dilation(test *Result) float64 { return float64(test.TraceSigmaW) }

// quotient is a/b, NaN for b = 0.
func quotient(a, b Float) Float {
	if b == 0 {
		return undefined
	}
	return a / b
}
