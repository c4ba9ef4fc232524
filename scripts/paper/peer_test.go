package main

import (
	"math"
	"slices"
	"testing"
)

// TestStepRecorder finds the losses of steps in the means that a run tells: two
// epochs of five samples in batches of two.
func TestStepRecorder(t *testing.T) {
	r := stepRecorder{samples: 5, size: 2}
	for _, losses := range [][]float64{{0.5, 0.25, 4}, {1, 0.125, 2}} {
		sum, samples := 0.0, 0.0
		for i, loss := range losses {
			size := float64(min(2, 5-2*i))
			sum, samples = sum+size*loss, samples+size
			r.Batch(1, 2, i+1, 3, sum/samples)
		}
	}
	for i, want := range []float64{0.5, 0.25, 4, 1, 0.125, 2} {
		if !(math.Abs(r.losses[i]-want) <= 1e-12) {
			t.Errorf("losses %v, step %d is %v", r.losses, i+1, want)
		}
	}
}

func TestLossDifferences(t *testing.T) {
	theirs := []float64{1, 2, 4, 8}
	if got := relative([]float64{1, 3, 3, 8}, theirs); !slices.Equal(got, []float64{0, 0.5, 0.25, 0}) {
		t.Errorf("relative differences %v", got)
	}
	if got := epochMeans(theirs, 2); !slices.Equal(got, []float64{1.5, 6}) {
		t.Errorf("means of epochs %v", got)
	}
	points := spaced([]float64{0.1, 0, 0.001, 0.1, 0.01, 1, 0.1})
	for i, want := range []float64{-1, -9, -3, -1, -2, 0, -1} {
		if p := points[i]; !(math.Abs(p.x-math.Log10(float64(i+1))) <= 1e-12) || !(math.Abs(p.mean-want) <= 1e-12) {
			t.Errorf("point %d is %v, want %v", i, p, want)
		}
	}
	if n := len(spaced(make([]float64, 3200))); n < 30 || n > 60 {
		t.Errorf("%d points for 3200 steps", n)
	}
}

// TestBeside compares runs that are alike, and runs that are not.
func TestBeside(t *testing.T) {
	run := func(seed int64, accuracy float64) trial {
		var r trial
		r.exp.Dataset, r.exp.Seed = "mnist", seed
		r.exp.LR = accuracy // stands for what is measured
		return r
	}
	q := quantity{"what is measured", func(t trial) float64 { return t.exp.LR }}
	var ours, alike, apart []trial
	for i, v := range []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10} {
		ours = append(ours, run(int64(i), v))
		alike = append(alike, run(int64(i), 11-v))
		apart = append(apart, run(int64(i), v+20+v/100))
	}
	for kind, name := range testNames {
		if p := beside("", q, ours, alike).tests[kind]; p < 0.9 {
			t.Errorf("%s of the same numbers: p %v", name, p)
		}
		if p := beside("", q, ours, apart).tests[kind]; p > 1e-4 {
			t.Errorf("%s of numbers far apart: p %v", name, p)
		}
	}
}
