package eval

import (
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// reduction folds the elements of a lane into one; integers is nil where the
// operator is computed for floats only.
type reduction struct {
	floats   func(x []float64) float64
	integers func(x []int64) int64
}

// reduce folds over the axes in the second input; without axes over all, or
// over none when noop_with_empty_axes says so.
func (r reduction) reduce(c *call) ([]*Value, error) {
	x := c.in[0]
	axes, err := axesOf(c.ints(1, "axes"), len(x.Shape))
	if err != nil {
		return nil, err
	}
	if len(axes) == 0 && !c.flag("noop_with_empty_axes", 0) {
		axes = sequence(0, len(x.Shape))
	}
	return one(r.over(x, axes, c.flag("keepdims", 1)))
}

// over folds x over the given axes.
func (r reduction) over(x *Value, axes []int, keep bool) *Value {
	out := zeros(x.Type, reducedShape(x.Shape, axes, keep))
	outer, inner := lanes(x.Shape, axes)
	if x.isFloat() {
		foldLanes(out.F, x.F, outer, inner, r.floats)
		return out
	}
	foldLanes(out.I, x.I, outer, inner, r.integers)
	if x.Type == graphs.Bool { // the smallest and largest integers of empty lanes
		return out.mapInts(func(x int64) int64 { return truth(x > 0) })
	}
	return out
}

func foldLanes[E any](out, x []E, outer, inner []int, fold func([]E) E) {
	lane := make([]E, len(inner))
	for g, at := range outer {
		for k, step := range inner {
			lane[k] = x[at+step]
		}
		out[g] = fold(lane)
	}
}

// reducedShape drops the axes, or keeps them with size 1.
func reducedShape(shape []int, axes []int, keep bool) []int {
	out := []int{}
	for i, d := range shape {
		switch {
		case !slices.Contains(axes, i):
			out = append(out, d)
		case keep:
			out = append(out, 1)
		}
	}
	return out
}

var (
	reduceSum       = reduction{sum[float64], sum[int64]}
	reduceProd      = reduction{product[float64], product[int64]}
	reduceMax       = reduction{largest, func(x []int64) int64 { return fold(x, math.MinInt64, func(a, b int64) int64 { return max(a, b) }) }}
	reduceMin       = reduction{smallest, func(x []int64) int64 { return fold(x, math.MaxInt64, func(a, b int64) int64 { return min(a, b) }) }}
	reduceMean      = reduction{average, averageInts}
	reduceSumSquare = reduction{sumSquare[float64], sumSquare[int64]}
	reduceL1        = reduction{sumAbs[float64], sumAbs[int64]}
	reduceL2        = reduction{floats: func(x []float64) float64 { return math.Sqrt(sumSquare(x)) }}
	reduceLogSum    = reduction{floats: func(x []float64) float64 { return math.Log(sum(x)) }}
	reduceLogSumExp = reduction{floats: logSumExp}
)

func fold[E any](x []E, start E, f func(a, b E) E) E {
	for _, v := range x {
		start = f(start, v)
	}
	return start
}

func sum[E float64 | int64](x []E) E {
	return fold(x, 0, func(a, b E) E { return a + b })
}

func product[E float64 | int64](x []E) E {
	return fold(x, 1, func(a, b E) E { return a * b })
}

func sumSquare[E float64 | int64](x []E) E {
	return fold(x, 0, func(a, b E) E { return a + b*b })
}

func sumAbs[E float64 | int64](x []E) E {
	return fold(x, 0, func(a, b E) E { return a + max(b, -b) })
}

func largest(x []float64) float64 {
	return fold(x, math.Inf(-1), func(a, b float64) float64 { return max(a, b) })
}

func smallest(x []float64) float64 {
	return fold(x, math.Inf(1), func(a, b float64) float64 { return min(a, b) })
}

func average(x []float64) float64 { return sum(x) / float64(len(x)) }

// averageInts truncates; the mean of nothing is 0.
func averageInts(x []int64) int64 { return sum(x) / int64(max(len(x), 1)) }

// logSumExp is log Σ eˣ, shifted by the maximum where that is finite.
func logSumExp(x []float64) float64 {
	shift := largest(x)
	if math.IsInf(shift, 0) {
		shift = 0
	}
	total := 0.0
	for _, v := range x {
		total += math.Exp(v - shift)
	}
	return shift + math.Log(total)
}
