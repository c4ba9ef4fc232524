package hypothesis

import (
	"cmp"
	"math"
	"slices"
)

// Holm corrects the p-values of several tests, so that the chance of one false
// finding among them stays below the level that a corrected value is compared
// with, whatever the tests have to do with one another: with p₁ ≤ … ≤ p_k,
//
//	the i-th is max_{j≤i} min(1, (k−j+1)·p_j)
//
// (S. Holm, "A simple sequentially rejective multiple test procedure", 1979).
// The corrected values stand in the order of ps. NaN is no test: it stays and
// does not count.
func Holm(ps []float64) []float64 {
	corrected := slices.Clone(ps)
	var order []int
	for i, p := range ps {
		if !math.IsNaN(p) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ps[i], ps[j]) })
	largest := 0.0
	for rank, i := range order {
		largest = max(largest, min(1, float64(len(order)-rank)*ps[i]))
		corrected[i] = largest
	}
	return corrected
}
