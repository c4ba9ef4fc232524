package train

import (
	"math"
	"slices"
	"testing"
)

// sampleVector returns a vector of some shape, in blocks of sizes around the
// kernels' lanes.
func sampleVector(phase float64) vector {
	var v vector
	for _, size := range []int{1, 7, 8, 9, 1000, block} {
		b := make([]float32, size)
		for i := range b {
			b[i] = float32(math.Sin(float64(i)*0.7 + phase + float64(size)))
		}
		v = append(v, b)
	}
	return v
}

// TestVectors compares every operation with what it says it does, written out
// in double.
func TestVectors(t *testing.T) {
	a := algebra{threads: 3}
	x, y, z := sampleVector(0), sampleVector(1), sampleVector(2)
	wide := func(v vector) []float64 { return flat(v) }
	number := func(name string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	elements := func(name string, got vector, want func(i int) float64) {
		t.Helper()
		for i, v := range flat(got) {
			if !(math.Abs(v-want(i)) <= 1e-6) {
				t.Fatalf("%s: element %d is %v, want %v", name, i, v, want(i))
			}
		}
	}
	xs, ys, zs := wide(x), wide(y), wide(z)
	dot, most, sum := 0.0, 0.0, 0.0
	for i := range xs {
		dot += xs[i] * ys[i]
		most, sum = max(most, math.Abs(xs[i])), sum+math.Abs(xs[i])
	}
	number("x·y", a.dot(x, y), dot)
	number("max |x|", a.magnitude(x).most, most)
	number("Σ|x|", a.magnitude(x).sum, sum)

	memory := alike(x)
	defer memory.close()
	var out, other vector
	for _, v := range []*vector{&out, &other} {
		var err error
		if *v, err = memory.take(); err != nil {
			t.Fatal(err)
		}
	}
	a.copy(out, x)
	elements("copy", out, func(i int) float64 { return xs[i] })
	a.add(out, 0.5, y)
	elements("x + y/2", out, func(i int) float64 { return xs[i] + 0.5*ys[i] })
	a.scale(out, -2, x)
	elements("−2x", out, func(i int) float64 { return -2 * xs[i] })
	a.scale(out, 0.5, out)
	elements("−x", out, func(i int) float64 { return -xs[i] })
	a.move(out, x, 3, y)
	elements("x + 3y", out, func(i int) float64 { return xs[i] + 3*ys[i] })
	a.copy(out, y)
	squares := 0.0
	for _, v := range xs {
		squares += v * v
	}
	number("x·x", a.decay(x, out, 0.1), squares)
	elements("y + x/10", out, func(i int) float64 { return ys[i] + 0.1*xs[i] })
	a.secant(out, other, x, y, z, 2)
	elements("x − y", out, func(i int) float64 { return xs[i] - ys[i] })
	elements("2z", other, func(i int) float64 { return 2 * zs[i] })
	ys2, yy := a.curvature(x, y, z, 2)
	number("(x − y)·2z", ys2, a.dot(out, other))
	number("(x − y)·(x − y)", yy, a.dot(out, out))
	if got := out.join(); out.len() != len(xs) || len(got) != len(xs) {
		t.Errorf("%d elements of %d", len(got), len(xs))
	}
	other.set(out.join())
	if !slices.Equal(other.join(), out.join()) {
		t.Error("set does not undo join")
	}
}

// TestVectorThreads takes sums with different numbers of threads: to the bit,
// they are the same.
func TestVectorThreads(t *testing.T) {
	x, y := sampleVector(0), sampleVector(1)
	for range 20 { // more blocks than threads
		x, y = append(x, sampleVector(3)...), append(y, sampleVector(4)...)
	}
	want := algebra{threads: 1}.dot(x, y)
	for threads := 2; threads < 6; threads++ {
		if got := (algebra{threads: threads}).dot(x, y); got != want {
			t.Errorf("%d threads give %v, one %v", threads, got, want)
		}
	}
}

// TestMagnitudeOfNonsense finds elements that are no finite numbers, wherever
// they are.
func TestMagnitudeOfNonsense(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for b, blockOf := range sampleVector(0) {
			for _, i := range []int{0, len(blockOf) - 1} {
				x := sampleVector(0)
				x[b][i] = float32(v)
				if m := (algebra{threads: 2}).magnitude(x); finite(m.sum) {
					t.Errorf("%v at %d of block %d: sum %v", v, i, b, m.sum)
				}
			}
		}
	}
}
