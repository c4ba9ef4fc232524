package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/fixtures/python"
)

// problem is a function to minimise and what torch.optim.LBFGS did with it in
// float64; made by fixtures/golden/lbfgs/make.py.
type problem struct {
	Name    string
	Start   []float64
	LR      float64
	History int
	Trace   []struct {
		Tried      []float64 // losses in the order of their evaluation
		X          []float64 // after the step
		Iterations int       // in all
	}
}

// functions are those of make.py. They return the loss and set the gradient g
// at x, in one of the steps.
var functions = map[string]func(x, g []float64, step int) float64{
	"quadratic": func(x, g []float64, _ int) (loss float64) {
		for i, v := range x {
			c := math.Pow(10, float64(i)/4)
			loss += 0.5 * c * (v - 1) * (v - 1)
			g[i] = c * (v - 1)
		}
		return loss
	},
	"rosenbrock": func(x, g []float64, _ int) (loss float64) {
		for i := range len(x) - 1 {
			a, b := x[i+1]-x[i]*x[i], 1-x[i]
			loss += 100*a*a + b*b
			g[i] += -400*a*x[i] - 2*b
			g[i+1] += 200 * a
		}
		return loss
	},
	"valley": func(x, g []float64, step int) (loss float64) {
		for i := range len(x) - 1 {
			a, b := x[i+1]-x[i]*x[i], 1+float64(step)-x[i]
			loss += 10*a*a + b*b
			g[i] += -40*a*x[i] - 2*b
			g[i+1] += 20 * a
		}
		return loss
	},
	"wavy": func(x, g []float64, _ int) (loss float64) {
		for i, v := range x {
			loss += 0.5*v*v + 3*math.Sin(2*v)
			g[i] = v + 6*math.Cos(2*v)
		}
		return loss
	},
	"logistic": func(x, g []float64, step int) (loss float64) {
		for i := range 16 {
			r := float64(16*(step%3) + i)
			y, z := -1.0, 0.0
			if math.Cos(5*r) > 0 {
				y = 1
			}
			for j, v := range x {
				z += math.Sin(7*r+3*float64(j)+1) * v
			}
			loss += math.Log1p(math.Exp(-y*z)) / 16
			for j := range x {
				g[j] -= y * math.Sin(7*r+3*float64(j)+1) / (1 + math.Exp(y*z)) / 16
			}
		}
		for j, v := range x {
			loss += 0.005 * v * v
			g[j] += 0.01 * v
		}
		return loss
	},
}

// newLBFGS returns L-BFGS from a start, for a function that make.py has or one
// that a test gives.
func newLBFGS(t *testing.T, start []float64, history int, f func(x, g []float64) float64) *lbfgs {
	t.Helper()
	half := len(start) / 2 // two blocks
	x, g := make([]float32, len(start)), make([]float32, len(start))
	for i, v := range start {
		x[i] = float32(v)
	}
	params, gradient := vector{x[:half], x[half:]}, vector{g[:half], g[half:]}
	m, err := newMemory(params)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.close)
	l, err := startLBFGS(params, gradient, m, history, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	l.evaluate = func() (float64, error) {
		wide, slope := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			wide[i] = float64(v)
		}
		loss := f(wide, slope)
		for i, v := range slope {
			g[i] = float32(v)
		}
		return loss, nil
	}
	return l
}

// TestLBFGSMatchesPyTorch follows PyTorch's optimizer through every evaluation
// of every line search, as far as float32 can: until the loss stops changing.
func TestLBFGSMatchesPyTorch(t *testing.T) {
	var problems []problem
	golden.JSON(t, "lbfgs/problems.json", &problems)
	for _, p := range problems {
		t.Run(fmt.Sprintf("%s, lr %g", p.Name, p.LR), func(t *testing.T) { followPyTorch(t, p) })
	}
}

// TestLBFGSMatchesThisPyTorch does the same with the PyTorch at hand.
func TestLBFGSMatchesThisPyTorch(t *testing.T) {
	out := python.Run(t, []string{"torch"}, "../fixtures/golden/lbfgs/make.py", "problems")
	var problems []problem
	if err := json.Unmarshal([]byte(out), &problems); err != nil {
		t.Fatal(err)
	}
	var kept []problem
	golden.JSON(t, "lbfgs/problems.json", &kept)
	if len(problems) != len(kept) {
		t.Errorf("make.py has %d problems, problems.json %d", len(problems), len(kept))
	}
	for _, p := range problems {
		t.Run(fmt.Sprintf("%s, lr %g", p.Name, p.LR), func(t *testing.T) { followPyTorch(t, p) })
	}
}

func followPyTorch(t *testing.T, p problem) {
	var tried []float64
	step := 0
	l := newLBFGS(t, p.Start, p.History, func(x, g []float64) float64 {
		loss := functions[p.Name](x, g, step)
		tried = append(tried, loss)
		return loss
	})
	for i, want := range p.Trace {
		step, tried = i, nil
		first, err := l.step(p.LR)
		if err != nil || first != tried[0] {
			t.Fatalf("step %d: loss %v, %v; evaluated %v first", i, first, err, tried[0])
		}
		if len(tried) != len(want.Tried) || l.iterations != int64(want.Iterations) {
			t.Fatalf("step %d: %d evaluations, %d iterations; PyTorch %d, %d", i, len(tried), l.iterations, len(want.Tried), want.Iterations)
		}
		for k, w := range want.Tried {
			if d := math.Abs(tried[k] - w); !(d <= 2e-3*max(1, math.Abs(w))) {
				t.Errorf("step %d, evaluation %d: loss %v, want %v", i, k, tried[k], w)
			}
		}
		for k, x := range flat(l.params) {
			if !(math.Abs(x-want.X[k]) <= 1e-3) {
				t.Errorf("step %d: x[%d] = %v, want %v", i, k, x, want.X[k])
			}
		}
	}
}

func flat(v vector) []float64 {
	var out []float64
	for _, block := range v {
		for _, x := range block {
			out = append(out, float64(x))
		}
	}
	return out
}

// TestLBFGSAvoidsInfinity minimises −Σ log(1 − x²) + 2x, which is NaN from |x|
// = 1 on, with a step that leads there: the search comes back.
func TestLBFGSAvoidsInfinity(t *testing.T) {
	barrier := func(x, g []float64) (loss float64) {
		for i, v := range x {
			loss += 2*v - math.Log(1-v*v)
			g[i] = 2 + 2*v/(1-v*v)
		}
		return loss
	}
	l := newLBFGS(t, []float64{0.5, 0.9, 0, -0.3}, 5, barrier)
	for range 3 {
		if first, err := l.step(100); err != nil || !finite(first) {
			t.Fatal(first, err)
		}
	}
	for i, x := range flat(l.params) { // v² − v − 1 = 0
		if want := (1 - math.Sqrt(5)) / 2; !(math.Abs(x-want) < 1e-3) {
			t.Errorf("x[%d] = %v, want %v", i, x, want)
		}
	}
}

// TestLBFGSDiverges starts where there is nothing to go on from: the
// parameters stay.
func TestLBFGSDiverges(t *testing.T) {
	nan := math.NaN()
	for name, f := range map[string]func(x, g []float64) float64{
		"loss NaN":          func(_, g []float64) float64 { g[0] = 1; return nan },
		"loss infinite":     func(_, g []float64) float64 { g[0] = 1; return math.Inf(1) },
		"gradient NaN":      func(_, g []float64) float64 { g[1] = nan; return 1 },
		"gradient infinite": func(_, g []float64) float64 { g[1] = math.Inf(-1); return 1 },
	} {
		l := newLBFGS(t, []float64{1, 2}, 5, f)
		first, err := l.step(1)
		if err != nil || finite(first) {
			t.Errorf("%s: first loss %v, %v", name, first, err)
		}
		if got := flat(l.params); got[0] != 1 || got[1] != 2 {
			t.Errorf("%s: moved to %v", name, got)
		}
	}
}

// TestLBFGSStays starts at a minimum: one evaluation, and nothing moves.
func TestLBFGSStays(t *testing.T) {
	evaluations := 0
	l := newLBFGS(t, []float64{1, 1, 1}, 5, func(x, g []float64) float64 {
		evaluations++
		return functions["quadratic"](x, g, 0)
	})
	if first, err := l.step(1); first != 0 || err != nil || evaluations != 1 || l.iterations != 0 {
		t.Errorf("loss %v, %v after %d evaluations in %d iterations", first, err, evaluations, l.iterations)
	}
}

// TestLBFGSFails passes on the failure of an evaluation, whichever it is.
func TestLBFGSFails(t *testing.T) {
	failure := errors.New("no runtime")
	for after := range 8 {
		l := newLBFGS(t, []float64{-1, 1, -1, 1}, 5, func(x, g []float64) float64 { return functions["rosenbrock"](x, g, 0) })
		whole, evaluations := l.evaluate, 0
		l.evaluate = func() (float64, error) {
			if evaluations++; evaluations > after {
				return 0, failure
			}
			return whole()
		}
		if _, err := l.step(30); !errors.Is(err, failure) || evaluations != after+1 {
			t.Errorf("after %d evaluations: %v in evaluation %d", after, err, evaluations)
		}
	}
}
