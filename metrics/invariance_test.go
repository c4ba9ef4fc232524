package metrics

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"testing"
)

// FuzzRechunk cuts a random table into other batches, on another number of
// goroutines, and asks for the same bits.
func FuzzRechunk(f *testing.F) {
	f.Add(uint64(1), uint16(300), uint8(5), uint8(3), uint16(7), uint8(1))
	f.Add(uint64(2), uint16(2000), uint8(70), uint8(4), uint16(1), uint8(3))
	f.Add(uint64(3), uint16(999), uint8(129), uint8(11), uint16(500), uint8(2))
	// A last tile of one row, which a kernel for single rows would add up differently.
	f.Add(uint64(6), uint16(2037), uint8(1), uint8(61), uint16(0), uint8(10))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, dim, classes uint8, batch uint16, procs uint8) {
		k := int(classes)%12 + 2
		p := randomProblem(seed, 2*k+int(n)%2000, int(dim)%150+1, k, 0.5)
		want := marshal(t, p.compute(t, len(p.Labels)))
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(int(procs)%8 + 1))
		if got := marshal(t, p.compute(t, int(batch)%1000+1)); got != want {
			t.Errorf("batches of %d rows on %d processors:\n%s\nwant\n%s", batch, procs, got, want)
		}
	})
}

// TestPermutation shuffles rows, of ordinary and of collapsed features, and
// asks for the same result to 1e-12.
func TestPermutation(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 3))
		classes := 2 + rng.IntN(6)
		spread := math.Pow(10, -6*rng.Float64())
		p := randomProblem(seed, 100+rng.IntN(900), classes+20+rng.IntN(40), classes, spread)
		r := p.compute(t, 128)
		// Two samples have equal distances to their mean: their deviation is 0 but for rounding.
		slack := 1e-15 * math.Sqrt(float64(r.TraceSigmaW))
		compareTrees(t, "", asTree(t, p.permuted(seed).compute(t, 33)), asTree(t, r), 1e-12, slack)
		if t.Failed() {
			t.Fatalf("seed %d, spread %g", seed, spread)
		}
	}
}

// TestCollapsed compares features of within-class variance 1e-12 around means
// of 1 with arithmetic of 300 bits.
func TestCollapsed(t *testing.T) {
	p := problem{dim: 3, classes: 2}
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range 500 {
		label := i % 2
		for j := range p.dim {
			p.Features = append(p.Features, 1+float64(label*j)+1e-6*rng.NormFloat64())
		}
		p.Labels = append(p.Labels, label)
	}
	r := p.compute(t, 64)
	within, stddevs := exactSpread(p)
	if !near(float64(r.TraceSigmaW), within, 1e-13) {
		t.Errorf("tr Σ_W = %v, want %v", r.TraceSigmaW, within)
	}
	for k, want := range stddevs {
		if got := float64(r.ClassDistanceStddevs[k]); !near(got, want, 1e-12) {
			t.Errorf("class %d: standard deviation of distances %v, want %v", k, got, want)
		}
	}
	if sum := float64(p.shifted(1000).compute(t, 64).TraceSigmaW); !near(sum, within, 1e-6) {
		t.Errorf("tr Σ_W = %v of features moved by 1000, want about %v", sum, within)
	}
}

// shifted is p with every feature value moved.
func (p problem) shifted(by float64) problem {
	moved := make([]float64, len(p.Features))
	for i, v := range p.Features {
		moved[i] = v + by
	}
	p.Features = moved
	return p
}

// exactSpread is tr Σ_W and the population standard deviations of the
// distances to the class means, by arbitrary-precision arithmetic.
func exactSpread(p problem) (within float64, stddevs []float64) {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(v) }
	count := make([]float64, p.classes)
	means := make([]*big.Float, p.classes*p.dim)
	for i := range means {
		means[i] = number(0)
	}
	for i, y := range p.Labels {
		count[y]++
		for j := range p.dim {
			means[y*p.dim+j].Add(means[y*p.dim+j], number(p.Features[i*p.dim+j]))
		}
	}
	for i := range means {
		means[i].Quo(means[i], number(count[i/p.dim]))
	}
	total := number(0)
	sums, squares := make([]*big.Float, p.classes), make([]*big.Float, p.classes)
	for k := range sums {
		sums[k], squares[k] = number(0), number(0)
	}
	for i, y := range p.Labels {
		square := number(0)
		for j := range p.dim {
			d := number(p.Features[i*p.dim+j])
			d.Sub(d, means[y*p.dim+j])
			square.Add(square, d.Mul(d, d))
		}
		total.Add(total, square)
		squares[y].Add(squares[y], square)
		sums[y].Add(sums[y], number(0).Sqrt(square))
	}
	for k := range sums {
		mean := number(0).Quo(sums[k], number(count[k]))
		variance := number(0).Quo(squares[k], number(count[k]))
		variance.Sub(variance, mean.Mul(mean, mean))
		s, _ := variance.Sqrt(variance).Float64()
		stddevs = append(stddevs, s)
	}
	within, _ = total.Quo(total, number(float64(len(p.Labels)))).Float64()
	return within, stddevs
}

func marshal(t testing.TB, r *Result) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
