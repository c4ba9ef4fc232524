package main

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics/hypothesis"
)

// contrast compares a loss with cross entropy in one quantity. Runs of equal data
// set, noise degree and seed have the labels, the initial weights and the order
// of the samples in common. Differences of one seed go together over the degrees,
// so that a seed, with the mean of its differences, counts as one observation.
type contrast struct {
	dataset  string
	degree   float64 // NaN: the mean over all degrees above 0
	loss     training.LossKind
	quantity quantity
	seeds    int
	alike    int // seeds whose difference has the sign of the mean
	t        hypothesis.TTest
	holm     float64 // p-value, corrected for all contrasts of a table
}

// contrastOf pairs the trials of a loss with those of cross entropy.
func contrastOf(trials []trial, dataset string, degree float64, loss training.LossKind, q quantity) contrast {
	c := contrast{dataset: dataset, degree: degree, loss: loss, quantity: q}
	var ours, theirs []float64 // by seed
	own := of(trials, func(t trial) bool {
		return t.exp.Dataset == dataset && t.noise() > 0 && (math.IsNaN(degree) || t.noise() == degree)
	})
	for _, seed := range distinct(own, func(t trial) int64 { return t.exp.Seed }) {
		mean := func(loss training.LossKind) float64 {
			return q.over(of(own, func(t trial) bool { return t.exp.Seed == seed && t.exp.Loss == loss })).mean
		}
		ours, theirs = append(ours, mean(loss)), append(theirs, mean(training.CrossEntropy))
	}
	c.seeds, c.t = len(ours), hypothesis.Paired(ours, theirs)
	for i := range ours {
		if math.Signbit(ours[i]-theirs[i]) == math.Signbit(c.t.Estimate) {
			c.alike++
		}
	}
	return c
}

// compared are the quantities in which losses are held against cross entropy.
var compared = []quantity{memorization, relativeM, dilation, relativeD, testNC1, testAccuracy}

// contrasts of every loss but cross entropy with it, over all degrees of noise
// together, with p-values corrected by Holm for their number.
func contrasts(trials []trial) []contrast {
	var all []contrast
	for _, dataset := range datasets(trials) {
		for _, loss := range losses(trials) {
			for _, q := range compared {
				if loss != training.CrossEntropy {
					all = append(all, contrastOf(trials, dataset, math.NaN(), loss, q))
				}
			}
		}
	}
	ps := make([]float64, len(all))
	for i, c := range all {
		ps[i] = c.t.P
	}
	for i, p := range hypothesis.Holm(ps) {
		all[i].holm = p
	}
	return all
}

// contrastTable shows them.
func contrastTable(all []contrast) []string {
	var rows [][]string
	for _, c := range all {
		rows = append(rows, []string{
			titles[c.dataset], short[c.loss] + " − CE", c.quantity.name, estimate(c.t), fmt.Sprintf("%d of %d", c.alike, c.seeds), hypothesis.FormatP(c.t.P), hypothesis.FormatP(c.holm),
		})
	}
	return table([]string{"", "", "quantity", "mean difference [95 %]", "seeds with its sign", "p", "p, Holm"}, rows)
}

// degreeTable shows the differences degree by degree.
func degreeTable(trials []trial) []string {
	head := []string{"", "η", ""}
	for _, q := range compared {
		head = append(head, q.name)
	}
	var rows [][]string
	for _, dataset := range datasets(trials) {
		for _, degree := range degrees(trials) {
			for _, loss := range losses(trials) {
				if degree == 0 || loss == training.CrossEntropy {
					continue
				}
				row := []string{titles[dataset], fmt.Sprint(degree), short[loss] + " − CE"}
				for _, q := range compared {
					row = append(row, estimate(contrastOf(trials, dataset, degree, loss, q).t))
				}
				rows = append(rows, row)
			}
		}
	}
	return table(head, rows)
}

// estimate is a difference or slope with its interval.
func estimate(t hypothesis.TTest) string {
	return fmt.Sprintf("%s [%s, %s]", number(t.Estimate, 3), number(t.Low, 3), number(t.High, 3))
}
