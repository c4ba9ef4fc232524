package main

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/memdil/memdil/graphs/training"
)

// quantity is something that is measured of a run.
type quantity struct {
	name string
	of   func(trial) float64
}

// The quantities of the tables, and those that have a figure.
var (
	trainAccuracy = quantity{"train accuracy, %", func(t trial) float64 { return float64(t.results.Train.AccuracyTop1) }}
	testAccuracy  = quantity{"test accuracy, %", func(t trial) float64 { return float64(t.results.Test.AccuracyTop1) }}
	trainNC1      = quantity{"train NC1", func(t trial) float64 { return float64(t.results.Train.NC1) }}
	testNC1       = quantity{"test NC1", func(t trial) float64 { return float64(t.results.Test.NC1) }}
	memorization  = quantity{"memorization", func(t trial) float64 { return float64(t.place.Memorization) }}
	distance      = quantity{"mean distance", func(t trial) float64 { return float64(t.results.Train.Memorization.Mean) }}
	dilation      = quantity{"dilation", func(t trial) float64 { return float64(t.place.Dilation) }}
	relativeM     = quantity{"relative memorization", func(t trial) float64 { return float64(t.place.RelativeMemorization) }}
	relativeD     = quantity{"relative dilation", func(t trial) float64 { return float64(t.place.RelativeDilation) }}
)

// summary is the mean and the sample standard deviation of a quantity over
// trials; trials in which it is undefined are left out.
func (q quantity) summary(trials []trial) (mean, deviation float64) {
	var values []float64
	for _, t := range trials {
		if v := q.of(t); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	switch len(values) {
	case 0:
		return math.NaN(), math.NaN()
	case 1:
		return values[0], math.NaN()
	}
	return stat.MeanStdDev(values, nil)
}

// text is the summary as 1.23 ± 0.04.
func (q quantity) text(trials []trial, digits int) string {
	mean, deviation := q.summary(trials)
	if math.IsNaN(deviation) {
		return number(mean, digits)
	}
	return number(mean, digits) + " ± " + number(deviation, 2)
}

// short are the names of losses in tables.
var short = map[training.LossKind]string{
	training.CrossEntropy: "CE", training.LabelSmoothing: "LS", training.LabelRelaxation: "LR",
}

// losses of trials, cross entropy first.
func losses(trials []trial) []training.LossKind {
	return distinct(trials, func(t trial) training.LossKind { return t.exp.Loss })
}

// degrees of noise of trials, in order.
func degrees(trials []trial) []float64 {
	found := distinct(trials, trial.noise)
	slices.Sort(found)
	return found
}

// datasets of trials.
func datasets(trials []trial) []string {
	return distinct(trials, func(t trial) string { return t.exp.Dataset })
}

// distinct values of a property of trials, in the order of the trials.
func distinct[T cmp.Ordered](trials []trial, of func(trial) T) []T {
	var found []T
	for _, t := range trials {
		if v := of(t); !slices.Contains(found, v) {
			found = append(found, v)
		}
	}
	return found
}
