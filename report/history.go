package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// quantity is something to plot over epochs.
type quantity struct {
	name, title, axis, caption string
	train                      func(Epoch) float64
	val                        func(Epoch) float64 // nil: there is no such thing
	log                        bool                // on a logarithmic axis if all values are positive
	sparse                     bool                // not measured at every epoch: gaps are bridged
	steps                      bool                // constant within an epoch: drawn as a step function
}

var trainingQuantities = []quantity{
	{
		name: "loss", title: "Loss over epochs", axis: "loss",
		caption: "Mean loss of the training samples, taken from the training steps themselves. Losses of different loss functions are not on one scale.",
		train:   func(e Epoch) float64 { return e.TrainLoss },
		val:     func(e Epoch) float64 { return e.ValLoss },
	},
	{
		name: "accuracy", title: "Accuracy over epochs", axis: "accuracy (%)",
		caption: "Share of samples whose training label, possibly corrupted, is predicted: training accuracy above the share of clean labels means that corrupted labels are being memorized.",
		train:   func(e Epoch) float64 { return e.TrainAccuracy },
		val:     func(e Epoch) float64 { return e.ValAccuracy },
	},
	learningRate,
}

var learningRate = quantity{
	name: "learning-rate", title: "Learning rate over epochs", axis: "learning rate",
	caption: "Learning rate of each epoch, which is constant within the epoch.",
	train:   func(e Epoch) float64 { return e.LR }, log: true, steps: true,
}

// trainingFigures returns loss, accuracy and learning rate over the epochs.
func trainingFigures(runs []Run, names []string) []figure {
	return curveFigures(trainingQuantities, runs, names)
}

// trainingLead says how long each run trained, one line a run.
func trainingLead(runs []Run, names []string) string {
	var sentences []string
	for i, r := range runs {
		if len(r.History) == 0 {
			continue
		}
		seconds, samples := 0.0, 0.0
		for _, e := range r.History {
			seconds += e.Seconds
			samples += e.Seconds * e.SamplesPerSecond
		}
		s := fmt.Sprintf("%d epochs", len(r.History))
		if len(r.History) == 1 {
			s = "1 epoch"
		}
		if seconds > 0 && finite(seconds) && finite(samples) {
			s += fmt.Sprintf(" in %s s, %.0f samples a second", short(seconds), samples/seconds)
		}
		if len(runs) > 1 {
			s = names[i] + ": " + s
		}
		sentences = append(sentences, s+".")
	}
	return strings.Join(sentences, "\n")
}

// extraFigures returns whatever else was measured during training.
func extraFigures(runs []Run, names []string) []figure {
	var quantities []quantity
	for _, key := range extraKeys(runs) {
		quantities = append(quantities, extraQuantity(key))
	}
	return curveFigures(quantities, runs, names)
}

func curveFigures(quantities []quantity, runs []Run, names []string) []figure {
	var figures []figure
	for _, q := range quantities {
		if f, ok := curveFigure(q, runs, names); ok {
			figures = append(figures, f)
		}
	}
	return figures
}

// extraKeys returns the keys measured during training, sorted.
func extraKeys(runs []Run) []string {
	keys := make(map[string]bool)
	for _, r := range runs {
		for _, e := range r.History {
			for key := range e.Extra {
				keys[key] = true
			}
		}
	}
	sorted := make([]string, 0, len(keys))
	for key := range keys {
		sorted = append(sorted, key)
	}
	slices.Sort(sorted)
	return sorted
}

// extraQuantity plots a metric by its key in metrics.json.
func extraQuantity(key string) quantity {
	name := metricName(key)
	return quantity{
		name: "history-" + fileName(key), title: name + " over epochs", axis: name,
		caption: name + " measured during training.",
		train: func(e Epoch) float64 {
			if v, ok := e.Extra[key]; ok {
				return v
			}
			return math.NaN()
		},
		log:    strings.HasPrefix(key, "nc1"),
		sparse: true,
	}
}

// fileName keeps letters, digits, dots and hyphens of s.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, s)
}
