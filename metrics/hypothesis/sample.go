package hypothesis

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// usable tells whether each sample has two numbers and none that is not finite.
func usable(samples ...[]float64) bool {
	return !slices.ContainsFunc(samples, func(s []float64) bool {
		return len(s) < 2 || slices.ContainsFunc(s, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
	})
}

// mustPair panics unless the samples go together one by one.
func mustPair(a, b []float64) {
	if len(a) != len(b) {
		panic("hypothesis: paired samples differ in length")
	}
}

// differences are a − b.
func differences(a, b []float64) []float64 {
	return floats.SubTo(make([]float64, len(a)), a, b)
}

// magnitude is the largest absolute value in the samples.
func magnitude(samples ...[]float64) float64 {
	largest := 0.0
	for _, s := range samples {
		largest = max(largest, floats.Norm(s, math.Inf(1)))
	}
	return largest
}

// flat tells whether the numbers of s differ by no more than the rounding of
// numbers as large as scale.
func flat(s []float64, scale float64) bool {
	return floats.Max(s)-floats.Min(s) <= rounding*scale
}

// rounding is how far numbers that are equal may lie apart, relative to their
// magnitude, after a few operations.
const rounding = 0x1p-48
