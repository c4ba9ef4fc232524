package hypothesis

import (
	"math"
	"slices"
)

// KSTest is the two-sample test of Kolmogorov and Smirnov.
type KSTest struct {
	D     float64 // sup_x |F_a(x) − F_b(x)| of the empirical distribution functions
	P     float64 // the chance of such a D where both samples come from one distribution
	Exact bool    // P counts arrangements; otherwise it is the limit of large samples
}

// ksPlaces is up to how many pairs of ranks P counts arrangements.
const ksPlaces = 10_000_000

// KolmogorovSmirnov compares the distributions of two samples of n and m
// numbers. The p-value is exact for n·m ≤ 10⁷, given which numbers are equal:
// the share of the C(n+m, n) ways to walk from (0, 0) to (n, m), a step a
// number, that come as far from the diagonal as D (J. L. Hodges, "The
// significance probability of the Smirnov two-sample test", 1958; ties as in
// Schröer & Trenkler, "Exact and randomization distributions of
// Kolmogorov–Smirnov tests two or three samples", 1995). Beyond, it is
//
//	2 Σ_{k≥1} (−1)^{k−1} exp(−2k²λ²),   λ = D·√(nm/(n+m)).
func KolmogorovSmirnov(a, b []float64) KSTest {
	if !usable(a, b) {
		return KSTest{D: math.NaN(), P: math.NaN()}
	}
	w := newWalk(a, b)
	n, m := float64(w.n), float64(w.m)
	d := float64(w.farthest) / (n * m)
	if n*m <= ksPlaces {
		return KSTest{D: d, P: w.chance(), Exact: true}
	}
	return KSTest{D: d, P: kolmogorov(d * math.Sqrt(n/(n+m)*m))}
}

// walk is the way from (0, 0) to (n, m) that the pooled sorted numbers go, a
// step in the first direction for one of a, in the second for one of b.
type walk struct {
	n, m     int
	rest     []bool // rest[k]: after k numbers the next one is greater, so that the distribution functions can be compared
	farthest int    // max |i·m − j·n| over the places (i, j) of rest
}

func newWalk(a, b []float64) *walk {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	w := &walk{n: len(a), m: len(b), rest: make([]bool, len(a)+len(b)+1)}
	w.rest[0] = true
	for i, j := 0, 0; i < w.n || j < w.m; {
		next := math.Inf(1)
		if i < w.n {
			next = a[i]
		}
		if j < w.m {
			next = min(next, b[j])
		}
		for i < w.n && a[i] == next {
			i++
		}
		for j < w.m && b[j] == next {
			j++
		}
		w.rest[i+j] = true
		w.farthest = max(w.farthest, w.distance(i, j))
	}
	return w
}

// distance is n·m·|i/n − j/m|.
func (w *walk) distance(i, j int) int {
	d := i*w.m - j*w.n
	return max(d, -d)
}

// chance is the share of walks that come as far as this one. far[j] is that of
// the walks from (0, 0) to (i, j): the last step of one drawn at random is in
// the first direction with probability i/(i+j). Nothing is subtracted, so that
// small shares keep their digits.
func (w *walk) chance() float64 {
	far := make([]float64, w.m+1)
	for i := range w.n + 1 {
		for j := range w.m + 1 {
			switch {
			case w.rest[i+j] && w.distance(i, j) >= w.farthest:
				far[j] = 1
			case i == 0 && j == 0: // no step yet
			case j == 0: // far[0] is that of (i−1, 0)
			case i == 0:
				far[j] = far[j-1]
			default:
				far[j] = (float64(i)*far[j] + float64(j)*far[j-1]) / float64(i+j)
			}
		}
	}
	return far[w.m]
}

// kolmogorov is the chance that the limit of √n·D exceeds x.
func kolmogorov(x float64) float64 {
	if x < 0.2 {
		return 1 // to 1e-12, where the series converges slowly
	}
	p, sign := 0.0, 2.0
	for k := 1.0; ; k++ {
		term := sign * math.Exp(-2*k*k*x*x)
		p += term
		if math.Abs(term) <= 1e-17*p {
			return min(max(p, math.SmallestNonzeroFloat64), 1)
		}
		sign = -sign
	}
}
