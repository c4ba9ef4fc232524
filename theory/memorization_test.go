package theory

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// mdProblems are problems of every loss and sort of spread.
func mdProblems() []MemorizationDilation {
	base := MemorizationDilation{
		Corrupted: 0.1, Coupling: Coupling{Base: 0.1, Test: 2, Train: 1}, LambdaW: 5e-4, LambdaB: 5e-4, LambdaH: 5e-4, Along: 1, Dim: 2,
	}
	var all []MemorizationDilation
	for i, l := range []Loss{{}, {LabelSmoothing, 0.1}, {LabelRelaxation, 0.1}} {
		p := base
		p.Loss = l
		all = append(all, p)
		p.Corrupted, p.Along, p.LambdaW = 0.2, 0.5, 2e-3
		p.Coupling = Coupling{Base: 0.3, Test: 0.5, Train: 0.2 * float64(i)}
		all = append(all, p)
	}
	return all
}

func TestMemorizationGradient(t *testing.T) {
	for _, p := range mdProblems() {
		for start := range 3 {
			checkGradient(t, p.Loss.String(), p.objective(), p.start(start))
		}
		p.Corrupted = 0
		checkGradient(t, "clean "+p.Loss.String(), p.objective(), p.start(0))
	}
}

// TestMemorization compares the minimum with that of the four numbers that
// are left where both classes are mirror images, h = (a, 0) and (0, a), u =
// (x, y) and (y, x), w_1 = −w_2 = (t, −t)/2, found without derivatives.
func TestMemorization(t *testing.T) {
	for _, p := range mdProblems() {
		s, err := p.Solve()
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if s.Residual > tolerance {
			t.Errorf("%+v: residual %v", p, s.Residual)
		}
		a, x, y, value := p.mirrored(t)
		if !(math.Abs(s.Value-value) <= 1e-6) {
			t.Errorf("%+v: value %v, want %v", p, s.Value, value)
		}
		half, m := a/math.Sqrt2, math.Hypot(a-x, y)
		if !(math.Abs(s.Separation-half) <= 2e-3) || !(math.Abs(s.Displacement-m/half) <= 2e-3) || !(math.Abs(s.Memorization-p.Corrupted*m) <= 1e-3) {
			t.Errorf("%+v: separation %v, displacement %v, memorization %v, want %v, %v, %v", p, s.Separation, s.Displacement, s.Memorization, half, m/half, p.Corrupted*m)
		}
		want := p.Coupling.Base + p.Coupling.Test*p.Corrupted*m/half
		if !(math.Abs(s.RelativeDilation-want) <= 1e-3) || !(math.Abs(s.Dilation-half*half*want/(1+want)) <= 5e-3) {
			t.Errorf("%+v: dilation %v, relative %v, want %v, %v", p, s.Dilation, s.RelativeDilation, half*half*want/(1+want), want)
		}
	}
}

// mirrored minimises over mirror images by Nelder and Mead's method.
func (p MemorizationDilation) mirrored(t *testing.T) (a, x, y, value float64) {
	t.Helper()
	c := p.Coupling
	of := func(v []float64) float64 {
		a, x, y, gap := v[0]*v[0], v[1]*v[1], v[2]*v[2], v[3]
		deviation := math.Sqrt(p.Along*c.Train*p.Corrupted*math.Hypot(a-x, y)*a/math.Sqrt2) * math.Abs(gap) * math.Sqrt2
		clean := 0.0
		const n = 400
		for i := range n {
			z := -8 + 16*(float64(i)+0.5)/n
			loss, _ := p.Loss.margin(2, gap*a+deviation*z)
			clean += loss * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * 16 / n
		}
		memorized, _ := p.Loss.margin(2, gap*(y-x))
		return (1-p.Corrupted)*clean + p.Corrupted*memorized + p.LambdaW/2*gap*gap +
			p.LambdaH/2*((1-p.Corrupted)*a*a+p.Corrupted*(x*x+y*y))
	}
	v := []float64{1.5, 0.8, 1.1, 1.5}
	for range 3 { // restarted, for it gets stuck
		r, err := optimize.Minimize(optimize.Problem{Func: of}, v, nil, &optimize.NelderMead{})
		if err != nil {
			t.Fatal(err)
		}
		v, value = r.X, r.F
	}
	return v[0] * v[0], v[1] * v[1], v[2] * v[2], value
}

// TestMemorizationLimits has answers in closed form at both ends.
func TestMemorizationLimits(t *testing.T) {
	for _, l := range []Loss{{}, {LabelSmoothing, 0.1}, {LabelRelaxation, 0.1}} {
		p := MemorizationDilation{Loss: l, Corrupted: 0.15, Coupling: Coupling{Base: 0.04, Test: 0.5}, LambdaW: 1e-3, LambdaH: 1e-3}
		frame, err := LayerPeeled{Classes: 2, Dim: 2, PerClass: 1, Loss: l, LambdaW: 1e-3, LambdaH: 1e-3}.Frame()
		if err != nil {
			t.Fatal(err)
		}
		// Memorizing that costs nothing is whole: u lies at the other class.
		free, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		spread := 0.04 + 0.5*0.15*2
		if !(math.Abs(free.Displacement-2) <= 1e-5) || !(math.Abs(2*free.Separation-frame.Distance()) <= 1e-4) || !(math.Abs(free.RelativeDilation-spread) <= 1e-5) {
			t.Errorf("%v, free: displacement %v, separation %v, dilation %v", l, free.Displacement, free.Separation, free.RelativeDilation)
		}
		if want := normalBelow(-1 / math.Sqrt(spread)); !(math.Abs(free.TestError-want) <= 1e-6) || free.Fitted != 1 {
			t.Errorf("%v, free: test error %v, want %v; %v fitted", l, free.TestError, want, free.Fitted)
		}
		// Where it costs more than it gains nothing is memorized.
		p.Coupling.Train = 20
		dear, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		if dear.Displacement > 1e-3 || dear.Fitted != 0 {
			t.Errorf("%v, dear: displacement %v, %v fitted", l, dear.Displacement, dear.Fitted)
		}
		// Without noise the classes are the layer-peeled model's.
		p.Corrupted = 0
		clean, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(clean.Value-frame.Value) <= 1e-8) || clean.Memorization != 0 || !math.IsNaN(clean.Displacement) || !(math.Abs(clean.RelativeDilation-0.04) <= 1e-9) {
			t.Errorf("%v, clean: value %v, want %v; %+v", l, clean.Value, frame.Value, clean)
		}
	}
}

// TestMoreDimensions finds the same minimum in three dimensions.
func TestMoreDimensions(t *testing.T) {
	p := mdProblems()[2]
	two, err := p.Solve()
	if err != nil {
		t.Fatal(err)
	}
	p.Dim = 3
	three, err := p.Solve()
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(two.Value-three.Value) <= 1e-8) || !(math.Abs(two.Displacement-three.Displacement) <= 1e-4) {
		t.Errorf("%v, %v in three dimensions, %v, %v in two", three.Value, three.Displacement, two.Value, two.Displacement)
	}
}

func TestMemorizationRefuses(t *testing.T) {
	good := mdProblems()[0]
	for name, change := range map[string]func(*MemorizationDilation){
		"half corrupted":    func(p *MemorizationDilation) { p.Corrupted = 0.5 },
		"one dimension":     func(p *MemorizationDilation) { p.Dim = 1 },
		"more than all":     func(p *MemorizationDilation) { p.Along = 1.1 },
		"negative coupling": func(p *MemorizationDilation) { p.Coupling.Test = -1 },
		"no penalty":        func(p *MemorizationDilation) { p.LambdaW = 0 },
		"no such loss":      func(p *MemorizationDilation) { p.Loss.Kind = -1 },
	} {
		p := good
		change(&p)
		if _, err := p.Solve(); err == nil {
			t.Errorf("%s is solved", name)
		}
	}
}
