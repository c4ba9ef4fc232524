package theory

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"github.com/memdil/memdil/random"
)

// ErrNotConverged reports that the lowest point a search found does not satisfy
// the conditions of a minimum.
var ErrNotConverged = errors.New("theory: the search did not end at a minimum: the penalties may be too small beside the loss")

const (
	// tolerance is the largest residual of a solution. A variable that is 0 at
	// the minimum but hardly pushed there is approached slowly.
	tolerance = 1e-5
	// defaultStarts is from how many points a problem is solved.
	defaultStarts = 8
	// equalValues is how close values count as one minimum's.
	equalValues = 1e-8
)

// objective is a function of variables of which the first free ones are any
// number and the others at least 0.
type objective struct {
	free int
	// at returns the value at v; grad becomes its gradient.
	at func(v, grad []float64) float64
}

// solution is a point with the value and the residual there.
type solution struct {
	v               []float64
	value, residual float64
}

// natural writes the variables v of the search's x.
func (o objective) natural(v, x []float64) {
	copy(v[:o.free], x)
	for i := o.free; i < len(x); i++ {
		v[i] = x[i] * x[i]
	}
}

// residual is the largest violation of the conditions of Karush, Kuhn and
// Tucker: |∂f/∂v| of a free variable, |min(v, ∂f/∂v)| of one that is at least 0.
func (o objective) residual(v, grad []float64) float64 {
	worst := 0.0
	for i, g := range grad {
		if i >= o.free {
			g = min(v[i], g)
		}
		worst = max(worst, math.Abs(g))
	}
	return worst
}

// minimise searches a minimum from the natural variables start.
func (o objective) minimise(start []float64) solution {
	v, grad := make([]float64, len(start)), make([]float64, len(start))
	last, value := make([]float64, len(start)), math.NaN() // what v, grad and value are of
	evaluate := func(x []float64) {
		if !math.IsNaN(value) && floats.Equal(x, last) {
			return
		}
		copy(last, x)
		o.natural(v, x)
		value = o.at(v, grad)
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 {
			evaluate(x)
			return value
		},
		Grad: func(to, x []float64) {
			evaluate(x)
			copy(to, grad)
			for i := o.free; i < len(x); i++ {
				to[i] *= 2 * x[i]
			}
		},
	}
	x := make([]float64, len(start))
	for i, s := range start {
		if x[i] = s; i >= o.free {
			x[i] = math.Sqrt(s)
		}
	}
	// A search that ends for want of progress, at the limits of rounding, ends
	// with an error: what counts is the residual where it ended.
	result, _ := optimize.Minimize(problem, x, &optimize.Settings{
		GradientThreshold: 1e-11,
		MajorIterations:   2000,
		FuncEvaluations:   8000,
		Converger:         &optimize.FunctionConverge{Absolute: 1e-16, Iterations: 200},
	}, &optimize.LBFGS{Linesearcher: &optimize.MoreThuente{}, GradStopThreshold: math.NaN()})
	if result != nil {
		x = result.X
	}
	value = math.NaN()
	evaluate(x)
	return solution{v, value, o.residual(v, grad)}
}

// best returns the lowest solution and how many of all have its value.
func best(all []solution) (solution, int, error) {
	found := slices.MinFunc(all, func(a, b solution) int { return cmp.Compare(a.value, b.value) })
	if !(found.residual <= tolerance) {
		return found, 0, fmt.Errorf("%w: the lowest point has a residual of %.1e", ErrNotConverged, found.residual)
	}
	agree := 0
	for _, s := range all {
		if math.Abs(s.value-found.value) <= equalValues*(1+math.Abs(found.value)) {
			agree++
		}
	}
	return found, agree, nil
}

// startOf draws a point for a search: normal numbers, of variables that are at
// least 0 their magnitudes.
func startOf(seed uint64, start, free, n int) []float64 {
	stream := random.New(seed, random.Init, uint64(start))
	v := make([]float64, n)
	for i := range v {
		if v[i] = stream.Normal(uint64(i)); i >= free {
			v[i] = math.Abs(v[i])
		}
	}
	return v
}
