package main

import (
	"math"
	"testing"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/theory"
)

// theoryWorld is made by hand: two runs of each loss with η = 0.2, and an answer
// that is half as large again as CE's, and right for LS.
func theoryWorld() world {
	run := func(loss string, m, r metrics.Float) metrics.MDRun {
		return metrics.MDRun{Loss: loss, Noise: 0.2, Memorization: m, RelativeDilation: r, Dilation: r, Corrupted: 0.125, Separation: 2, TestAccuracy: 90}
	}
	answer := func(m, r float64) []predicted {
		return []predicted{{0.2, &theory.Prediction{Memorization: m, RelativeDilation: r, Dilation: r, Displacement: m / 0.25, TestError: 0.1, Agree: 3, Starts: 8}}}
	}
	return world{
		dataset: "mnist", degrees: []float64{0.2}, losses: theoryOf(5e-4, 0.1, 0.1).losses[:2],
		runs:  []metrics.MDRun{run("CrossEntropy", 0.1, 1), run("CrossEntropy", 0.3, 3), run("LS", 0.1, 1), run("LS", 0.1, 1)},
		paths: [][]predicted{answer(0.3, 3), answer(0.1, 1)},
	}
}

func TestTheoryTables(t *testing.T) {
	w := theoryWorld()
	rows := accuracyTable([]world{w})
	if want := "| MNIST | CE | +50 % to +50 % | +50 % to +50 % | +50 % to +50 % | +50 % to +50 % | +0 % to +0 % |"; rows[2] != want {
		t.Errorf("%s, want %s", rows[2], want)
	}
	rows = statements([]world{w})
	if want := "| MNIST | LS/CE | **0.33 to 0.33** / 0.50 to 0.50 | **0.33 to 0.33** / 0.50 to 0.50 | **0.33 to 0.33** / 0.50 to 0.50 | **0.33 to 0.33** / 0.50 to 0.50 | **1.0 to 1.0** / 1.0 to 1.0 |"; rows[2] != want {
		t.Errorf("%s, want %s", rows[2], want)
	}
	rows = predictionTable([]world{w})
	if want := "| MNIST | CE | 0.2 | **1.20** / 0.800 ± 0.57 | **0.300** / 0.200 ± 0.14 | **3.00** / 2.00 ± 1.4 | **3.00** / 2.00 ± 1.4 | **10.0** / 10.0 ± 0 | 3 of 8 |"; rows[2] != want {
		t.Errorf("%s, want %s", rows[2], want)
	}
}

// TestWorld fits to the runs of cross entropy alone.
func TestWorld(t *testing.T) {
	var runs []metrics.MDRun
	for _, noise := range []metrics.Float{0, 0.1} {
		p := noise / 2
		runs = append(runs,
			metrics.MDRun{Loss: "CrossEntropy", Noise: noise, Corrupted: p, Separation: 2, Memorization: 3 * p, RelativeDilation: 0.1 + 2*1.5*p, CleanSpread: 1.5 * p * 4},
			metrics.MDRun{Loss: "LS", Noise: noise, Corrupted: p, Separation: 1, Memorization: 7, RelativeDilation: 7})
	}
	s := theoryOf(5e-4, 0.1, 0.1)
	s.losses = s.losses[:1]
	w, err := s.world("mnist", runs)
	if err != nil {
		t.Fatal(err)
	}
	if c := w.fit.Coupling; !(math.Abs(c.Base-0.1) <= 1e-9) || !(math.Abs(c.Test-2) <= 1e-9) || !(math.Abs(c.Train-1) <= 1e-9) {
		t.Errorf("coupling %+v", c)
	}
	if p := w.at(0, 0.1); p == nil || !(math.Abs(p.RelativeDilation-0.1-2*p.RelativeMemorization) <= 1e-9) {
		t.Errorf("η = 0.1: %+v", p)
	}
	if w.at(0, 0.07) != nil {
		t.Error("an answer between the steps")
	}
}
