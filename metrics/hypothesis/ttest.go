package hypothesis

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is how often the intervals of t tests hold the true value.
const Confidence = 0.95

// TTest is an estimate with its standard error, judged by Student's t.
type TTest struct {
	Estimate  float64 // the difference of means, or the slope
	Low, High float64 // its interval at [Confidence]: Estimate ∓ t₀.₉₇₅(DF)·standard error
	T         float64 // Estimate/standard error
	DF        float64 // degrees of freedom
	P         float64 // P(|t_DF| ≥ |T|), what chance alone gives where the true value is 0
}

// Welch compares the means of two samples of normal variables whose variances
// may differ:
//
//	T  = (ā − b̄)/√(s_a²/n + s_b²/m)
//	DF = (s_a²/n + s_b²/m)² / ((s_a²/n)²/(n−1) + (s_b²/m)²/(m−1))
//
// with s² the variances over n−1 and m−1. B. L. Welch, "The generalization of
// 'Student's' problem when several different population variances are
// involved", Biometrika 34 (1947).
func Welch(a, b []float64) TTest {
	if !usable(a, b) {
		return undefined()
	}
	meanA, varianceA := stat.MeanVariance(a, nil)
	meanB, varianceB := stat.MeanVariance(b, nil)
	if scale := magnitude(a, b); flat(a, scale) && flat(b, scale) {
		return uncertain(meanA - meanB)
	}
	n, m := float64(len(a)), float64(len(b))
	va, vb := varianceA/n, varianceB/m
	return studentT(meanA-meanB, math.Sqrt(va+vb), (va+vb)*(va+vb)/(va*va/(n-1)+vb*vb/(m-1)))
}

// Paired compares the means of two samples of n pairs by their differences
// d = a − b, T = d̄/(s_d/√n) with n−1 degrees of freedom (Student, "The
// probable error of a mean", Biometrika 6, 1908). It panics when the lengths
// differ.
func Paired(a, b []float64) TTest {
	mustPair(a, b)
	if !usable(a, b) {
		return undefined()
	}
	d := differences(a, b)
	mean, variance := stat.MeanVariance(d, nil)
	if flat(d, magnitude(a, b)) {
		return uncertain(mean)
	}
	n := float64(len(d))
	return studentT(mean, math.Sqrt(variance/n), n-1)
}

// Slope tells whether y rises or falls with x: the slope of the least-squares
// line y = c + Slope·x of n points with the standard error
//
//	√( Σ(y − c − Slope·x)² / (n−2) / Σ(x − x̄)² )
//
// and n−2 degrees of freedom, for deviations from the line that are normal, of
// one variance and independent of one another. All is NaN where x does not
// vary; p and interval also for two points and for points on a line. It panics
// when the lengths differ.
func Slope(x, y []float64) TTest {
	mustPair(x, y)
	if !usable(x, y) || flat(x, magnitude(x)) {
		return undefined()
	}
	intercept, slope := stat.LinearRegression(x, y, nil, false)
	meanX := stat.Mean(x, nil)
	squares, spread, scale := 0.0, 0.0, 0.0
	for i := range x {
		deviation := y[i] - intercept - slope*x[i]
		squares += deviation * deviation
		spread += (x[i] - meanX) * (x[i] - meanX)
		scale = max(scale, math.Abs(y[i]), math.Abs(slope*x[i]))
	}
	n := float64(len(x))
	if n == 2 || math.Sqrt(squares/n) <= rounding*scale {
		return uncertain(slope)
	}
	return studentT(slope, math.Sqrt(squares/(n-2)/spread), n-2)
}

// studentT judges an estimate by its standard error.
func studentT(estimate, standardError, df float64) TTest {
	t := estimate / standardError
	width := distuv.StudentsT{Sigma: 1, Nu: df}.Quantile((1+Confidence)/2) * standardError
	return TTest{Estimate: estimate, Low: estimate - width, High: estimate + width, T: t, DF: df, P: tailsOfT(t, df)}
}

// tailsOfT is P(|t_df| ≥ |t|) = I_x(df/2, 1/2), x = df/(df+t²), the regularised
// incomplete beta function: unlike 1 − the distribution function it keeps its
// digits where it is small.
func tailsOfT(t, df float64) float64 {
	return max(mathext.RegIncBeta(df/2, 0.5, df/(df+t*t)), math.SmallestNonzeroFloat64)
}

// uncertain is an estimate whose error the data do not tell.
func uncertain(estimate float64) TTest {
	t := undefined()
	t.Estimate = estimate
	return t
}

func undefined() TTest {
	nan := math.NaN()
	return TTest{nan, nan, nan, nan, nan, nan}
}
