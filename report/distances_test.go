package report

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// TestDistancesMatchGolden wants the mean over corrupted samples to be the
// memorization, and the deviations of clean ones those of their classes.
func TestDistancesMatchGolden(t *testing.T) {
	for _, name := range []string{"k2_d2_n400", "k10_d64_n2000"} {
		points, want := goldenPoints(t, name), goldenResult(t, name)
		clean, corrupted := distancesToTruth(points, want.UncorruptedCentroids)
		if len(corrupted) != want.Memorization.Count || len(clean)+len(corrupted) != want.N {
			t.Errorf("%s: %d clean and %d corrupted distances, want %d corrupted of %d", name, len(clean), len(corrupted), want.Memorization.Count, want.N)
		}
		if got, want := floats.Sum(corrupted), float64(want.Memorization.Sum); !(math.Abs(got-want) <= 1e-9*want) {
			t.Errorf("%s: the distances of corrupted samples sum to %v, want %v", name, got, want)
		}
	}
}

func TestHistogramCountsAll(t *testing.T) {
	h := histogram{values: []float64{0, 0.1, 5, 10, 10}}
	h.count(20, 10)
	if got := floats.Sum(h.shares); !(math.Abs(got-100) <= 1e-9) || h.shares[0] != 40 || h.shares[19] != 40 {
		t.Errorf("shares %v, sum %v: want 40 at both ends and 100 in all", h.shares, got)
	}
}

func TestFiguresOfSamplesSayWhatTheyLack(t *testing.T) {
	run := goldenRun(t, "LS0.1")
	run.TrainPoints.Stride = 3
	f, ok := distanceFigure(&run, "", "")
	if !ok || !strings.Contains(f.caption, "one in 3 of the training samples") {
		t.Errorf("caption %q does not say that samples are missing", f.caption)
	}
	if f, _ := reliabilityFigure(&run, "", ""); !strings.Contains(f.legend[1].text, "ECE "+short(float64(run.Test.ECE))) {
		t.Errorf("legend %+v, want the calibration error of the test samples", f.legend)
	}
	run.TrainPoints.Reliability, run.TestPoints.Reliability, run.Train, run.Test = nil, nil, nil, nil
	if _, ok := reliabilityFigure(&run, "", ""); ok {
		t.Error("a reliability diagram without logits")
	}
	if _, ok := distanceFigure(&run, "", ""); ok {
		t.Error("distances without centroids")
	}
}
