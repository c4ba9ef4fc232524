package theory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"github.com/memdil/memdil/metrics"
)

// peeledProblems are small problems of every loss.
func peeledProblems() (all []LayerPeeled) {
	for _, l := range []Loss{{}, {LabelSmoothing, 0.1}, {LabelRelaxation, 0.1}} {
		all = append(all,
			LayerPeeled{Classes: 2, Dim: 2, PerClass: 2, Loss: l, LambdaW: 5e-4, LambdaH: 5e-4, LambdaB: 5e-4},
			LayerPeeled{Classes: 3, Dim: 4, PerClass: 2, Loss: l, LambdaW: 1e-2, LambdaH: 2e-3},
			LayerPeeled{Classes: 4, Dim: 4, PerClass: 1, Loss: l, LambdaW: 5e-3, LambdaH: 1e-2, NoBias: true})
	}
	return all
}

func (p LayerPeeled) String() string {
	return fmt.Sprintf("%v, K=%d, d=%d, n=%d, λ=%v/%v/%v", p.Loss, p.Classes, p.Dim, p.PerClass, p.LambdaW, p.LambdaH, p.LambdaB)
}

// checkGradient compares an objective's gradient with differences.
func checkGradient(t *testing.T, name string, o objective, v []float64) {
	t.Helper()
	grad := make([]float64, len(v))
	o.at(v, grad)
	want := fd.Gradient(nil, func(v []float64) float64 { return o.at(v, make([]float64, len(v))) }, v, &fd.Settings{Formula: fd.Central})
	if !floats.EqualApprox(grad, want, 1e-7) {
		t.Errorf("%s: gradient %v, want %v", name, grad, want)
	}
}

func TestLayerPeeledGradient(t *testing.T) {
	for _, p := range peeledProblems() {
		p.NoBias = false
		o := p.objective()
		checkGradient(t, p.String(), o, startOf(1, 0, o.free, o.free+p.samples()*p.Dim))
	}
}

// TestLayerPeeled holds what the search finds against the closed form, which
// it does not use, and against the collapse that metrics measures.
func TestLayerPeeled(t *testing.T) {
	for _, p := range peeledProblems() {
		f, err := p.Frame()
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Solve()
		if err != nil {
			t.Fatalf("%v: %v", p, err)
		}
		if !(math.Abs(s.Value-f.Value) <= 1e-9) || s.Residual > tolerance {
			t.Errorf("%v: value %v with residual %v, closed form %v", p, s.Value, s.Residual, f.Value)
		}
		if s.Agree < p.Classes { // a chance of every search to end elsewhere is left
			t.Errorf("%v: %d of %d searches ended there", p, s.Agree, s.Starts)
		}
		p.checkCollapse(t, s, f)
		if p.PerClass > 1 {
			p.checkMetrics(t, s)
		}
	}
}

// TestFreeBias: two classes whose bias costs nothing end with any two norms of
// the same mean square, as far apart as ever.
func TestFreeBias(t *testing.T) {
	p := LayerPeeled{Classes: 2, Dim: 2, PerClass: 1, LambdaW: 5e-4, LambdaH: 5e-4}
	f, err := p.Frame()
	if err != nil {
		t.Fatal(err)
	}
	o, norms := p.objective(), []float64{}
	for start := range 4 {
		s := o.minimise(startOf(0, start, o.free, o.free+4))
		_, _, h := p.split(s.v)
		norms = append(norms, floats.Norm(h[:2], 2))
		if d := floats.Distance(h[:2], h[2:], 2); !(math.Abs(s.value-f.Value) <= 1e-9) || !(math.Abs(d-f.Distance()) <= 1e-4) {
			t.Errorf("start %d: value %v, distance %v, want %v, %v", start, s.value, d, f.Value, f.Distance())
		}
	}
	if floats.Max(norms)-floats.Min(norms) < 0.1 {
		t.Errorf("norms of class 1 are all alike: %v", norms)
	}
}

// TestOneSided finds every search for two classes at one of the two minima, some at each.
func TestOneSided(t *testing.T) {
	for _, l := range []Loss{{}, {LabelSmoothing, 0.1}, {LabelRelaxation, 0.1}} {
		p := LayerPeeled{Classes: 2, Dim: 2, PerClass: 1, Loss: l, LambdaW: 1e-3, LambdaH: 2e-3, LambdaB: 5e-4}
		frame, err := p.Frame()
		if err != nil {
			t.Fatal(err)
		}
		side, err := p.OneSided()
		if err != nil {
			t.Fatal(err)
		}
		md := MemorizationDilation{Loss: l, LambdaW: 1e-3, LambdaH: 2e-3, LambdaB: 5e-4, Along: 1, Dim: 2}
		counts := [2]int{}
		for start := range 8 {
			s := md.objective().minimise(md.start(start))
			x := md.split(s.v)
			for i, f := range []Frame{frame, side} {
				if math.Abs(s.value-f.Value) < 1e-9 && math.Abs(2*x.separation()-f.Distance()) < 1e-4 {
					counts[i]++
				}
			}
		}
		if counts[0]+counts[1] != 8 || counts[0] == 0 || counts[1] == 0 {
			t.Errorf("%v: %v of 8 searches at the two minima", l, counts)
		}
	}
}

// checkCollapse checks that features are Norm·e_k with orthonormal e_k ≥ 0.
func (p LayerPeeled) checkCollapse(t *testing.T, s *Peeled, f Frame) {
	t.Helper()
	const near = 1e-5
	h := mat.NewDense(p.samples(), p.Dim, s.Features)
	var products mat.Dense
	products.Mul(h, h.T())
	for i, a := range s.Labels {
		for j, b := range s.Labels {
			want := 0.0
			if a == b {
				want = f.Norm * f.Norm
			}
			if !(math.Abs(products.At(i, j)-want) <= near) {
				t.Errorf("%v: features %d and %d have the product %v, want %v", p, i, j, products.At(i, j), want)
			}
		}
	}
	if floats.Min(s.Features) < 0 {
		t.Errorf("%v: a feature is below 0", p)
	}
	if w := floats.Norm(s.Weight, 2); !(math.Abs(w-f.Weight*math.Sqrt(float64(p.Classes-1))) <= near) {
		t.Errorf("%v: ‖W‖ = %v, want %v", p, w, f.Weight*math.Sqrt(float64(p.Classes-1)))
	}
	if floats.Max(s.Bias)-floats.Min(s.Bias) > near {
		t.Errorf("%v: bias %v prefers a class", p, s.Bias)
	}
}

// checkMetrics checks NC1 to NC3 by the code that measures runs.
func (p LayerPeeled) checkMetrics(t *testing.T, s *Peeled) {
	t.Helper()
	table, err := metrics.NewTable(metrics.Batch{Features: s.Features, Labels: s.Labels}, p.Dim, p.Classes)
	if err != nil {
		t.Fatal(err)
	}
	r, err := metrics.Compute(context.Background(), table, &metrics.Classifier{Weight: s.Weight, Bias: s.Bias}, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.NC1 > 1e-10 || r.NC2ETF > 1e-5 || r.NC3WH > 1e-5 {
		t.Errorf("%v: NC1 %v, NC2 %v, NC3 %v, want 0", p, r.NC1, r.NC2ETF, r.NC3WH)
	}
}

// TestFrame minimises the scalar problem by a method without derivatives.
func TestFrame(t *testing.T) {
	for _, p := range append(peeledProblems(), LayerPeeled{Classes: 2, Dim: 2, PerClass: 1, LambdaW: 0.4, LambdaH: 0.6}, LayerPeeled{Classes: 3, Dim: 3, PerClass: 1, LambdaW: 0.5, LambdaH: 0.6}) {
		f, err := p.Frame()
		if err != nil {
			t.Fatal(err)
		}
		price := math.Sqrt(p.LambdaW * p.LambdaH * float64(p.Classes-1))
		of := func(x []float64) float64 {
			v, _ := p.Loss.margin(p.Classes, x[0]*x[0])
			return v + price*x[0]*x[0]
		}
		r, err := optimize.Minimize(optimize.Problem{Func: of}, []float64{1.5}, nil, &optimize.NelderMead{})
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(r.F-f.Value) <= 1e-9) || !(math.Abs(r.X[0]*r.X[0]-f.Gap) <= 1e-3) {
			t.Errorf("%v: gap %v of value %v, want %v of %v", p, f.Gap, f.Value, r.X[0]*r.X[0], r.F)
		}
		if f.Norm > 0 { // the two penalties are equal where their product counts
			w, h := p.LambdaW*f.Weight*f.Weight*float64(p.Classes-1), p.LambdaH*f.Norm*f.Norm
			if !(math.Abs(w-h) <= 1e-12) || !(math.Abs(f.Norm*f.Weight-f.Gap) <= 1e-12) {
				t.Errorf("%v: penalties %v and %v, gap %v of %v·%v", p, w, h, f.Gap, f.Norm, f.Weight)
			}
		}
	}
}

// TestLayerPeeledRefuses goes through what cannot be solved.
func TestLayerPeeledRefuses(t *testing.T) {
	good := LayerPeeled{Classes: 3, Dim: 3, PerClass: 1, LambdaW: 1e-3, LambdaH: 1e-3}
	for name, change := range map[string]func(*LayerPeeled){
		"one class":           func(p *LayerPeeled) { p.Classes = 1 },
		"too few dimensions":  func(p *LayerPeeled) { p.Dim = 2 },
		"no samples":          func(p *LayerPeeled) { p.PerClass = 0 },
		"no penalty":          func(p *LayerPeeled) { p.LambdaH = 0 },
		"NaN as penalty":      func(p *LayerPeeled) { p.LambdaW = math.NaN() },
		"smoothing without α": func(p *LayerPeeled) { p.Loss.Kind = LabelSmoothing },
		"relaxed to chance":   func(p *LayerPeeled) { p.Loss = Loss{LabelRelaxation, 0.7} },
		"no such loss":        func(p *LayerPeeled) { p.Loss.Kind = 7 },
	} {
		p := good
		change(&p)
		if _, err := p.Solve(); err == nil || errors.Is(err, ErrNotConverged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := good.Solve(); err != nil {
		t.Error(err)
	}
}
