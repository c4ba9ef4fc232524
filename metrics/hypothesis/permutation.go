package hypothesis

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/combin"

	"github.com/memdil/memdil/random"
)

// PermutationTest is a difference of means, judged by the differences that
// other arrangements of the same numbers give.
type PermutationTest struct {
	Difference float64 // mean(a) − mean(b)
	// P is the share of arrangements whose difference is at least as large in
	// absolute value, equal ones up to rounding included. Where they were
	// drawn it is (1 + those drawn)/(1 + [Draws]), never below the chance that
	// a test at that level errs (Phipson & Smyth, "Permutation p-values should
	// never be zero", 2010).
	P     float64
	Exact bool // all arrangements were looked at
}

const (
	// Arrangements is up to how many arrangements all are looked at: two
	// samples of ten, or eighteen pairs.
	Arrangements = 1 << 18
	// Draws is how many are drawn of more.
	Draws = 99_999
)

// Permutation compares the means of two samples without an assumption about
// their distribution: if both come from the same one, every choice of n of the
// n+m numbers is as likely to be a (E. J. G. Pitman, "Significance tests which
// may be applied to samples from any populations", 1937).
func Permutation(a, b []float64) PermutationTest {
	if !usable(a, b) {
		return PermutationTest{Difference: math.NaN(), P: math.NaN()}
	}
	// About the common mean the difference of means is a multiple of the sum of
	// either sample, so that the smaller one tells it.
	small := len(a)
	pooled := append(append(make([]float64, 0, len(a)+len(b)), a...), b...)
	if len(b) < len(a) {
		small = len(b)
		pooled = append(append(pooled[:0], b...), a...)
	}
	scale := floats.Norm(pooled, 1)
	floats.AddConst(-stat.Mean(pooled, nil), pooled)
	t := newTally(floats.Sum(pooled[:small]), scale)
	exact := logArrangements(len(pooled), small) <= math.Log(Arrangements)+1e-9
	if exact {
		t.choose(pooled, small, 0)
	} else {
		t.drawChoices(pooled, small)
	}
	return PermutationTest{Difference: stat.Mean(a, nil) - stat.Mean(b, nil), P: t.share(exact), Exact: exact}
}

// SignFlip compares the means of paired samples by their differences d = a − b:
// if a and b are alike, every d may as well have the other sign (R. A. Fisher,
// "The Design of Experiments", 1935). It panics when the lengths differ.
func SignFlip(a, b []float64) PermutationTest {
	mustPair(a, b)
	if !usable(a, b) {
		return PermutationTest{Difference: math.NaN(), P: math.NaN()}
	}
	d := differences(a, b)
	t := newTally(floats.Sum(d), floats.Norm(a, 1)+floats.Norm(b, 1))
	exact := math.Ldexp(1, len(d)) <= Arrangements
	if exact {
		t.flip(d, 0)
	} else {
		t.drawFlips(d)
	}
	return PermutationTest{Difference: stat.Mean(d, nil), P: t.share(exact), Exact: exact}
}

// logArrangements is ln C(n, k).
func logArrangements(n, k int) float64 { return combin.LogGeneralizedBinomial(float64(n), float64(k)) }

// tally counts arrangements by their sum.
type tally struct {
	least        float64 // what counts as large
	large, total int
}

// newTally counts sums as large as the observed one, which is made of numbers
// that are scale together.
func newTally(observed, scale float64) *tally {
	return &tally{least: math.Abs(observed) - rounding*scale}
}

func (t *tally) add(sum float64) {
	if t.total++; math.Abs(sum) >= t.least {
		t.large++
	}
}

// share is the p-value; of drawn arrangements the observed one is one more.
func (t *tally) share(exact bool) float64 {
	if exact {
		return float64(t.large) / float64(t.total)
	}
	return float64(t.large+1) / float64(t.total+1)
}

// choose adds sum + the sum of every choice of k numbers.
func (t *tally) choose(numbers []float64, k int, sum float64) {
	if k == 0 {
		t.add(sum)
		return
	}
	for i := 0; i+k <= len(numbers); i++ {
		t.choose(numbers[i+1:], k-1, sum+numbers[i])
	}
}

// flip adds sum + the sum of the numbers under every choice of signs.
func (t *tally) flip(numbers []float64, sum float64) {
	if len(numbers) == 0 {
		t.add(sum)
		return
	}
	t.flip(numbers[1:], sum+numbers[0])
	t.flip(numbers[1:], sum-numbers[0])
}

// drawChoices adds choices of k numbers, each by the first k steps of a
// shuffle of its own.
func (t *tally) drawChoices(numbers []float64, k int) {
	order := make([]int, len(numbers))
	for draw := range uint64(Draws) {
		for i := range order {
			order[i] = i
		}
		stream, sum := random.New(0, random.Permutation, draw), 0.0
		for i := range k {
			j := i + stream.IntN(uint64(i), len(order)-i)
			order[i], order[j] = order[j], order[i]
			sum += numbers[order[i]]
		}
		t.add(sum)
	}
}

// drawFlips adds choices of signs, a bit each.
func (t *tally) drawFlips(numbers []float64) {
	for draw := range uint64(Draws) {
		stream, sum, bits := random.New(0, random.Permutation, draw).Sub(1), 0.0, uint64(0)
		for i, x := range numbers {
			if i%64 == 0 {
				bits = stream.Uint64(uint64(i / 64))
			}
			if bits>>(i%64)&1 == 1 {
				x = -x
			}
			sum += x
		}
		t.add(sum)
	}
}
