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

// over is the spread of a quantity over trials.
func (q quantity) over(trials []trial) spread {
	var values []float64
	for _, t := range trials {
		values = append(values, q.of(t))
	}
	return spreadOf(values)
}

// spread is the mean and the sample standard deviation of values, NaN where
// there are too few of them.
type spread struct{ mean, deviation float64 }

// spreadOf leaves values out that are undefined.
func spreadOf(values []float64) spread {
	values = slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	switch len(values) {
	case 0:
		return spread{math.NaN(), math.NaN()}
	case 1:
		return spread{values[0], math.NaN()}
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return spread{mean, deviation}
}

// text is the spread as 1.23 ± 0.04.
func (s spread) text(digits int) string {
	if math.IsNaN(s.deviation) {
		return number(s.mean, digits)
	}
	return number(s.mean, digits) + " ± " + number(s.deviation, 2)
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
