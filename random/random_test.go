package random

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// The vectors are those of the file kat_vectors of the Random123 distribution.
func TestPhiloxKnownAnswers(t *testing.T) {
	tests := []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{
			want: [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
		},
		{
			counter: [4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
			key:     [2]uint32{0xffffffff, 0xffffffff},
			want:    [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		},
		{
			counter: [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			key:     [2]uint32{0xa4093822, 0x299f31d0},
			want:    [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	}
	for _, tt := range tests {
		c, k := tt.counter, tt.key
		var got [4]uint32
		if got[0], got[1], got[2], got[3] = philox4x32(c[0], c[1], c[2], c[3], k[0], k[1]); got != tt.want {
			t.Errorf("philox4x32(%08x, %08x) = %08x, want %08x", tt.counter, tt.key, got, tt.want)
		}
	}
}

// Outputs pinned from the first version: published results depend on them.
func TestNumbersNeverChange(t *testing.T) {
	s := New(42, Noise, 0)
	tests := []struct {
		name      string
		got, want any
	}{
		{"Uint64(0)", s.Uint64(0), uint64(0x4b88946a32e695bf)},
		{"Uint64(1)", s.Uint64(1), uint64(0x6dc6281e23290001)},
		{"Uint64(1<<40)", s.Uint64(1 << 40), uint64(0xbd93e4e24553723d)},
		{"Init, epoch 7", New(42, Init, 7).Uint64(3), uint64(0xddfacb667c4cf2c9)},
		{"Sub", s.Sub(5).Uint64(0), uint64(0xa35c804af357679c)},
		{"Sub of Sub", s.Sub(5).Sub(1).Uint64(0), uint64(0xd71b0936d32a144c)},
		{"Float64", s.Float64(2), 0.7029526351535129},
		{"Uniform", s.Uniform(2, -3, 5), 2.6236210812281033},
		{"Normal", fmt.Sprintf("%.12f", s.Normal(2)), "-0.686097304666"}, // math.Log may differ in the last bit between architectures
		{"IntN", s.IntN(2, 10), 7},
		{"Perm", fmt.Sprint(s.Perm(10)), "[1 0 6 2 8 4 3 5 7 9]"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s = %#v, want %#v", tt.name, tt.got, tt.want)
		}
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	add := func(name string, s Stream) {
		for i := range uint64(4) {
			u := s.Uint64(i)
			if first, ok := seen[u]; ok {
				t.Errorf("%s at %d repeats %s", name, i, first)
			}
			seen[u] = fmt.Sprintf("%s at %d", name, i)
		}
	}
	for _, seed := range []uint64{0, 1, 1 << 32, math.MaxUint64} {
		for p := Init; p <= Search; p++ {
			for _, epoch := range []uint64{0, 1, 1 << 32} {
				s := New(seed, p, epoch)
				name := fmt.Sprintf("(%d, %d, %d)", seed, p, epoch)
				add(name, s)
				add(name+".Sub(0)", s.Sub(0))
				add(name+".Sub(1)", s.Sub(1))
				add(name+".Sub(0).Sub(1)", s.Sub(0).Sub(1))
			}
		}
	}
}

// Each statistic lies within 4.5 standard errors of its expectation; the
// numbers are fixed, so the test cannot fail by chance.
func TestStatistics(t *testing.T) {
	const n = 100_000
	s := New(1, Init, 0)
	moments := func(draw func(uint64) float64) (mean, variance, fourth, lag float64) {
		previous := 0.0
		for i := range uint64(n) {
			x := draw(i)
			mean += x / n
			variance += x * x / n
			fourth += x * x * x * x / n
			lag += x * previous / n
			previous = x
		}
		return mean, variance, fourth, lag
	}
	near := func(name string, got, want, deviation float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 4.5*deviation/math.Sqrt(n)) {
			t.Errorf("%s = %g, want about %g", name, got, want)
		}
	}
	mean, variance, fourth, lag := moments(s.Normal)
	near("mean of Normal", mean, 0, 1)
	near("variance of Normal", variance, 1, math.Sqrt(2))
	near("fourth moment of Normal", fourth, 3, math.Sqrt(96))
	near("lag-one product of Normal", lag, 0, 1)

	mean, variance, _, lag = moments(func(i uint64) float64 { return s.Uniform(i, -1, 1) })
	near("mean of Uniform(-1, 1)", mean, 0, 1/math.Sqrt(3))
	near("variance of Uniform(-1, 1)", variance, 1.0/3, math.Sqrt(4.0/45))
	near("lag-one product of Uniform(-1, 1)", lag, 0, 1.0/3)
}

// Pearson's χ² over the cells; with 6 and 23 degrees of freedom 22.46 and
// 49.73 are exceeded with probability 0.001.
func TestEvenCells(t *testing.T) {
	const n = 70_000
	chi2 := func(counts []int) (sum float64) {
		want := float64(n) / float64(len(counts))
		for _, c := range counts {
			sum += (float64(c) - want) * (float64(c) - want) / want
		}
		return sum
	}
	ints, perms := make([]int, 7), map[[4]int]int{}
	s := New(9, Order, 0)
	for i := range uint64(n) {
		ints[s.IntN(i, 7)]++
		perms[[4]int(New(9, Order, i).Perm(4))]++
	}
	if got := chi2(ints); got > 22.46 {
		t.Errorf("IntN: χ² = %g of counts %v", got, ints)
	}
	counts := make([]int, 0, 24)
	for _, c := range perms {
		counts = append(counts, c)
	}
	if got := chi2(counts); len(counts) != 24 || got > 49.73 {
		t.Errorf("Perm: χ² = %g of counts %v", got, perms)
	}
}

func TestPerm(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		perm := New(3, Order, 1).Perm(n)
		slices.Sort(perm)
		for i, p := range perm {
			if p != i {
				t.Fatalf("Perm(%d) lacks %d", n, i)
			}
		}
		if len(perm) != n {
			t.Errorf("Perm(%d) has length %d", n, len(perm))
		}
	}
}

func TestPanics(t *testing.T) {
	for name, call := range map[string]func(){
		"IntN(0)":  func() { New(1, Init, 0).IntN(0, 0) },
		"Perm(-1)": func() { New(1, Init, 0).Perm(-1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			call()
		}()
	}
}

func BenchmarkUniform(b *testing.B) {
	s, sum := New(1, Init, 0), 0.0
	for i := uint64(0); b.Loop(); i++ {
		sum += s.Uniform(i, -1, 1)
	}
	_ = sum
}
