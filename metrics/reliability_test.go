package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestReliabilityGivesECE computes the calibration error from the bins, by its
// definition, and wants the value of Compute.
func TestReliabilityGivesECE(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n, k = 500, 4
	logits, labels := make([]float64, n*k), make([]int, n)
	for i := range logits {
		logits[i] = 3 * rng.NormFloat64()
	}
	for i := range labels {
		labels[i] = rng.IntN(k)
	}
	r := NewReliability(k)
	r.Add(logits[:100*k], labels[:100])
	r.Add(logits[100*k:], labels[100:])
	total, ece := 0, 0.0
	for _, b := range r.Bins() {
		total += b.Count
		if b.Count == 0 {
			if b.Accuracy.Defined() || b.Confidence.Defined() {
				t.Errorf("an empty bin has values: %+v", b)
			}
			continue
		}
		if c := float64(b.Confidence); c <= b.Low || c > b.High {
			t.Errorf("mean confidence %v outside (%v, %v]", c, b.Low, b.High)
		}
		ece += math.Abs(float64(b.Confidence-b.Accuracy)) * float64(b.Count) / n
	}
	want := calibration{classes: k}
	want.add(logits, labels)
	if got := float64(want.ece()); total != n || !near(ece, got, 1e-12) {
		t.Errorf("%d samples and ECE %v in the bins, want %d and %v", total, ece, n, got)
	}
}

// Three predictions, of which the surest is wrong.
func ExampleReliability() {
	r := NewReliability(2)
	r.Add([]float64{4, 0 /**/, 1, 0 /**/, 0, 1}, []int{1, 0, 1})
	for _, b := range r.Bins() {
		if b.Count > 0 {
			fmt.Printf("%d sample(s) of confidence %.3f: accuracy %.1f\n", b.Count, b.Confidence, b.Accuracy)
		}
	}
	// Output:
	// 2 sample(s) of confidence 0.731: accuracy 1.0
	// 1 sample(s) of confidence 0.982: accuracy 0.0
}
