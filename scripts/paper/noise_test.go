package main

import (
	"math"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/measure"
)

// noiseRuns are runs of two losses, four seeds and three degrees of noise in
// which smoothing memorizes 0.1 less, dilates as 2 + 3 × memorization and a little more by seed, and is as
// accurate.
func noiseRuns() []trial {
	var trials []trial
	for _, degree := range []float64{0, 0.2, 0.4} {
		for seed := range int64(8) {
			for _, loss := range []training.LossKind{training.CrossEntropy, training.LabelSmoothing} {
				var r trial
				r.exp.Dataset, r.exp.Seed, r.exp.Loss, r.exp.LabelNoise = "mnist", seed, loss, []float64{degree}
				m := 5*degree + float64(seed)/50
				if loss == training.LabelSmoothing && degree > 0 {
					m -= 0.1 + float64(seed)/1000
				}
				x, y := metrics.Float(m), metrics.Float(2+3*m+degree*float64(seed%3)/10)
				r.place = metrics.MDRun{Memorization: x, Dilation: y, RelativeMemorization: x, RelativeDilation: y}
				r.results = &measure.Results{Train: &metrics.Result{N: 10}, Test: &metrics.Result{AccuracyTop1: metrics.Float(90 + float64(seed%3))}}
				trials = append(trials, r)
			}
		}
	}
	return trials
}

func TestContrasts(t *testing.T) {
	trials := noiseRuns()
	c := contrastOf(trials, "mnist", math.NaN(), training.LabelSmoothing, memorization)
	if c.seeds != 8 || c.alike != 8 || math.Abs(c.t.Estimate+0.1035) > 1e-9 || c.t.P > 1e-4 {
		t.Errorf("over all degrees but 0: %+v", c)
	}
	if c := contrastOf(trials, "mnist", 0.2, training.LabelSmoothing, memorization); c.seeds != 8 || math.Abs(c.t.Estimate+0.1035) > 1e-9 {
		t.Errorf("at one degree: %+v", c)
	}
	all := contrasts(trials)
	if len(all) != len(compared) {
		t.Fatalf("%d contrasts of one loss", len(all))
	}
	for _, c := range all {
		if !(c.holm >= c.t.P) && !math.IsNaN(c.t.P) {
			t.Errorf("%s: corrected p %v below %v", c.quantity.name, c.holm, c.t.P)
		}
	}
}

func TestVerdicts(t *testing.T) {
	trials := noiseRuns()
	text := strings.Join(verdicts(trials, lines(trials), contrasts(trials)), "\n")
	for _, want := range []string{
		"| Dilation grows with memorization, at every loss | **yes**: slope CE 3.0, R² 1.00; LS 3.0, R² 1.00 |",
		"| LS memorizes less than CE | **yes**: −0.104 [",
		"| LS generalises better than CE | **not shown**: ",
		"| LR dilates less than CE | – |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the verdicts\n%s\nlack %q", text, want)
		}
	}
	against := contrast{t: contrastOf(trials, "mnist", math.NaN(), training.LabelSmoothing, memorization).t, holm: 0.01}
	if got := against.verdict(false); !strings.HasPrefix(got, "**no, the other way**") {
		t.Errorf("a claim of more where there is less: %q", got)
	}
}
