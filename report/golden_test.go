package report

import (
	"math"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/metrics"
)

// goldenPoints reads the features of a golden case (fixtures/golden/README.md).
func goldenPoints(t *testing.T, name string) *Points {
	t.Helper()
	columns, _ := golden.Table(t, "metrics/"+name+"/features.arrow")
	features, logits, labels := columns["feature"], columns["logits"], columns["label"].Labels()
	r := metrics.NewReliability(logits.Shape[1])
	r.Add(logits.Floats, labels)
	return &Points{Dim: features.Shape[1], Features: features.Float32s(), Labels: labels, TrueLabels: columns["true_label"].Labels(), Reliability: r.Bins()}
}

// goldenClassifier reads the classifier of a golden case.
func goldenClassifier(t *testing.T, name string) *Classifier {
	t.Helper()
	columns, _ := golden.Table(t, "metrics/"+name+"/classifier.arrow")
	return &Classifier{Weight: columns["weight"].Float32s(), Bias: columns["bias"].Float32s()}
}

// history returns a plausible training history with validation.
func history(epochs int, scale float64) []Epoch {
	h := make([]Epoch, epochs)
	for i := range h {
		x := float64(i) / float64(epochs)
		h[i] = Epoch{
			Epoch: i + 1, LR: 0.1 * math.Pow(0.1, math.Floor(3*x)),
			TrainLoss: scale * (0.1 + 0.6*math.Exp(-6*x)), TrainAccuracy: 60 + 39*(1-math.Exp(-7*x)),
			ValLoss: scale * (0.3 + 0.4*math.Exp(-8*x) + 0.2*x), ValAccuracy: 60 + 25*(1-math.Exp(-9*x)) - 3*x,
			Seconds: 1.5, SamplesPerSecond: 8000,
		}
		if i%5 == 4 {
			h[i].Extra = map[string]float64{"nc1": scale * 3 * math.Exp(-5*x), "nc2_etf": 0.5 - 0.4*x}
		}
	}
	return h
}

// goldenResult returns the expected metrics of a golden case as a result.
func goldenResult(t *testing.T, name string) *metrics.Result {
	t.Helper()
	r := &metrics.Result{}
	golden.JSON(t, "metrics/"+name+"/expected.json", r)
	return r
}

// goldenRun returns a run of two classes with everything a report can show.
func goldenRun(t *testing.T, loss string) Run {
	t.Helper()
	return Run{
		Name:        "MLP_mnist_c2_ln0.2_" + loss + "_relu_d6_w1024_s42",
		Settings:    []Setting{{Name: "model", Value: "MLP"}, {Name: "loss", Value: loss}, {Name: "label_noise", Value: "0.2"}},
		Train:       goldenResult(t, "k2_d2_n400"),
		Test:        goldenResult(t, "k2_d2_n200_test"),
		History:     history(40, 1),
		TrainPoints: goldenPoints(t, "k2_d2_n400"),
		TestPoints:  goldenPoints(t, "k2_d2_n200_test"),
		Classifier:  goldenClassifier(t, "k2_d2_n400"),
	}
}
