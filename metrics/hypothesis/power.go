package hypothesis

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
)

// Power is the probability that the two-sided t test at the given level finds
// the means of two samples of n and m to differ when they lie shift standard
// deviations apart: P(|t| > t_{1−level/2}) for t of the noncentral t
// distribution with n+m−2 degrees of freedom and noncentrality
// shift/√(1/n + 1/m). It is that of Student's test of equal variances, from
// which [Welch] hardly differs where n and m are alike. Normal variables of one
// variance are assumed. NaN for fewer than two runs, level outside (0, 1).
func Power(n, m int, shift, level float64) float64 {
	if n < 2 || m < 2 {
		return math.NaN()
	}
	return powerOfT(float64(n+m-2), shift/math.Sqrt(1/float64(n)+1/float64(m)), level)
}

// PairedPower is [Power] of [Paired] for n pairs whose mean difference is shift
// standard deviations of the differences: n−1 degrees of freedom,
// noncentrality shift·√n.
func PairedPower(n int, shift, level float64) float64 {
	if n < 2 {
		return math.NaN()
	}
	return powerOfT(float64(n-1), shift*math.Sqrt(float64(n)), level)
}

// SmallestShift is the smallest shift with the given power, usually 0.8: what
// lies closer together a test of n and m runs at the level is likely to miss.
// NaN as [Power], and for a power that is not between level and 1.
func SmallestShift(n, m int, power, level float64) float64 {
	return smallest(power, level, func(shift float64) float64 { return Power(n, m, shift, level) })
}

// SmallestPairedShift is [SmallestShift] of n pairs, in standard deviations of
// their differences.
func SmallestPairedShift(n int, power, level float64) float64 {
	return smallest(power, level, func(shift float64) float64 { return PairedPower(n, shift, level) })
}

// smallest solves powerOf(shift) = power by bisection; powerOf rises from level
// at 0 to 1.
func smallest(power, level float64, powerOf func(float64) float64) float64 {
	if math.IsNaN(powerOf(1)) || !(power > level && power < 1) {
		return math.NaN()
	}
	low, high := 0.0, 1.0
	for powerOf(high) < power {
		low, high = high, 2*high
	}
	for range 60 {
		if middle := (low + high) / 2; powerOf(middle) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// powerOfT is P(|t| > c) of the noncentral t = (Z + δ)/S with c the critical
// value of the level: over the density of S = √(χ²_df/df),
//
//	∫ f(s) (Φ(δ − c·s) + Φ(−δ − c·s)) ds,   f(s) ∝ s^{df−1} exp(−df·s²/2).
func powerOfT(df, delta, level float64) float64 {
	if !(level > 0 && level < 1) || math.IsNaN(delta) || math.IsInf(delta, 0) {
		return math.NaN()
	}
	const places, reach = 200, 9 // standard deviations of S, whose tails are normal
	critical := distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(1 - level/2)
	lgamma, _ := math.Lgamma(df / 2)
	scale := math.Ln2 + df/2*math.Log(df/2) - lgamma
	deviation := 1 / math.Sqrt(2*df)
	return quad.Fixed(func(s float64) float64 {
		density := math.Exp(scale + (df-1)*math.Log(s) - df*s*s/2)
		return density * (distuv.UnitNormal.CDF(delta-critical*s) + distuv.UnitNormal.CDF(-delta-critical*s))
	}, max(0, 1-reach*deviation), 1+reach*deviation, places, quad.Legendre{}, 0)
}
