package hypothesis_test

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/metrics/hypothesis"
)

// Test accuracies of two programs, five seeds each.
func ExampleWelch() {
	ours := []float64{97.1, 97.4, 97.2, 97.5, 97.3}
	theirs := []float64{97.2, 97.5, 97.1, 97.3, 97.6}
	w := hypothesis.Welch(ours, theirs)
	fmt.Printf("%.2f [%.2f, %.2f], p = %.2f\n", w.Estimate, w.Low, w.High, w.P)
	fmt.Printf("%.1f standard deviations apart would be found\n", hypothesis.SmallestShift(5, 5, 0.8, 0.05))
	// Output:
	// -0.04 [-0.31, 0.23], p = 0.74
	// 2.0 standard deviations apart would be found
}

// Dilation with and without label smoothing, a pair for each seed.
func ExamplePaired() {
	smoothed := []float64{0.41, 0.52, 0.47, 0.39, 0.44, 0.48}
	plain := []float64{0.53, 0.60, 0.58, 0.47, 0.59, 0.55}
	t, s := hypothesis.Paired(smoothed, plain), hypothesis.SignFlip(smoothed, plain)
	fmt.Printf("%.2f [%.2f, %.2f], p = %.4f; of all signs %.4f\n", t.Estimate, t.Low, t.High, t.P, s.P)
	// Output:
	// -0.10 [-0.13, -0.07], p = 0.0005; of all signs 0.0312
}

func ExamplePermutation() {
	p := hypothesis.Permutation([]float64{1, 2, 3, 4}, []float64{5, 6, 7, 9})
	fmt.Printf("p = %.4f, exact: %v\n", p.P, p.Exact)
	// Output:
	// p = 0.0286, exact: true
}

func ExampleKolmogorovSmirnov() {
	k := hypothesis.KolmogorovSmirnov([]float64{1, 2, 3, 4, 5}, []float64{1.5, 6, 7, 8, 9})
	fmt.Printf("D = %.1f, p = %.3f\n", k.D, k.P)
	// Output:
	// D = 0.8, p = 0.079
}

func ExampleSlope() {
	memorization, dilation := []float64{1, 2, 3, 4}, []float64{2.1, 3.9, 6.2, 7.8}
	s := hypothesis.Slope(memorization, dilation)
	fmt.Printf("%.2f [%.2f, %.2f], p = %.4f\n", s.Estimate, s.Low, s.High, s.P)
	// Output:
	// 1.94 [1.55, 2.33], p = 0.0022
}

func ExampleFormatP() {
	for _, p := range []float64{1, 0.5, 0.01234, 0.00012, 2e-5, math.NaN()} {
		fmt.Println(hypothesis.FormatP(p))
	}
	// Output:
	// 1
	// 0.5
	// 0.012
	// 0.00012
	// < 0.0001
	// –
}

func ExampleHolm() {
	fmt.Println(hypothesis.Holm([]float64{0.01, 0.04, 0.03}))
	// Output:
	// [0.03 0.06 0.06]
}
