package metrics

import (
	"math"
	"slices"

	"github.com/memdil/memdil/random"
)

// Interval is an estimate with its bootstrap interval: the 2.5 % and 97.5 %
// quantiles of the estimate over samples drawn with replacement from the data
// (the percentile method of Efron, "Bootstrap Methods: Another Look at the
// Jackknife", 1979). Low and High are NaN with fewer than three data, and when
// more than a quarter of the drawn samples leave the estimate undefined.
type Interval struct {
	Value Float `json:"value"`
	Low   Float `json:"low"`
	High  Float `json:"high"`
}

const (
	resamples = 10_000
	coverage  = 0.95
)

// bootstrap estimates each statistic of points and how far that can be trusted.
func bootstrap(points []point, statistics ...func([]point) float64) []Interval {
	drawn := make([][]float64, len(statistics))
	scratch := make([]point, len(points))
	for b := range uint64(resamples) {
		resample(scratch, points, 0, b)
		for i, f := range statistics {
			drawn[i] = append(drawn[i], f(scratch))
		}
	}
	intervals := make([]Interval, len(statistics))
	for i, f := range statistics {
		intervals[i] = interval(f(points), drawn[i], len(points))
	}
	return intervals
}

// bootstrapDifference estimates f(ours) − f(theirs) of independent samples.
func bootstrapDifference(ours, theirs []point, f func([]point) float64) Interval {
	var drawn []float64
	a, b := make([]point, len(ours)), make([]point, len(theirs))
	for i := range uint64(resamples) {
		resample(a, ours, 0, i)
		resample(b, theirs, 1, i)
		drawn = append(drawn, f(a)-f(b))
	}
	return interval(f(ours)-f(theirs), drawn, min(len(ours), len(theirs)))
}

// interval is the value of a statistic of n data with quantiles of what was
// drawn of it.
func interval(value float64, drawn []float64, n int) Interval {
	i := Interval{Value: Float(value), Low: undefined, High: undefined}
	drawn = slices.DeleteFunc(drawn, func(v float64) bool { return !finite(v) })
	if n < 3 || !finite(value) || len(drawn) < resamples*3/4 {
		return i
	}
	slices.Sort(drawn)
	i.Low, i.High = quantile(drawn, (1-coverage)/2), quantile(drawn, (1+coverage)/2)
	return i
}

// resample fills dst with points drawn with replacement. It is a function of
// its arguments: the same runs give the same interval.
func resample(dst, points []point, group, b uint64) {
	stream := random.New(0, random.Bootstrap, b).Sub(group)
	for i := range dst {
		dst[i] = points[stream.IntN(uint64(i), len(points))]
	}
}

// quantile interpolates linearly between the order statistics of sorted
// values, as numpy.quantile does.
func quantile(sorted []float64, q float64) Float {
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	above := min(below+1, len(sorted)-1)
	return Float(sorted[below] + (at-float64(below))*(sorted[above]-sorted[below]))
}
