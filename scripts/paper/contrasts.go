package main

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics/hypothesis"
)

// contrast compares a loss with cross entropy in one quantity: the pairs are
// runs of equal data set, noise degree and seed, which have the labels, the
// initial weights and the order of the samples in common.
type contrast struct {
	dataset  string
	degree   float64 // NaN: all degrees above 0 together
	loss     training.LossKind
	quantity quantity
	pairs    int
	t        hypothesis.TTest
	flip     hypothesis.PermutationTest
	holm     float64 // p-value of flip, corrected for all contrasts of a table
}

// compare pairs the trials of a loss with those of cross entropy.
func compare(trials []trial, dataset string, degree float64, loss training.LossKind, q quantity) contrast {
	c := contrast{dataset: dataset, degree: degree, loss: loss, quantity: q}
	var ours, theirs []float64
	for _, a := range trials {
		if a.exp.Dataset != dataset || a.exp.Loss != loss || a.noise() == 0 || !math.IsNaN(degree) && a.noise() != degree {
			continue
		}
		for _, b := range trials {
			if b.exp.Dataset == dataset && b.exp.Loss == training.CrossEntropy && b.noise() == a.noise() && b.exp.Seed == a.exp.Seed {
				ours, theirs = append(ours, q.of(a)), append(theirs, q.of(b))
			}
		}
	}
	c.pairs, c.t, c.flip = len(ours), hypothesis.Paired(ours, theirs), hypothesis.SignFlip(ours, theirs)
	return c
}

// compared are the quantities in which losses are held against cross entropy.
var compared = []quantity{memorization, relativeM, dilation, relativeD, testNC1, testAccuracy}

// contrasts of every loss but cross entropy with it, over all degrees of noise
// together, with p-values corrected for their number.
func contrasts(trials []trial) []contrast {
	var all []contrast
	for _, dataset := range datasets(trials) {
		for _, loss := range losses(trials) {
			for _, q := range compared {
				if loss != training.CrossEntropy {
					all = append(all, compare(trials, dataset, math.NaN(), loss, q))
				}
			}
		}
	}
	ps := make([]float64, len(all))
	for i, c := range all {
		ps[i] = c.flip.P
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
			titles[c.dataset], short[c.loss] + " − CE", c.quantity.name, fmt.Sprint(c.pairs), estimate(c.t), probability(c.flip.P), probability(c.holm),
		})
	}
	return table([]string{"", "", "quantity", "pairs", "mean difference [95 %]", "p, sign flips", "p, Holm"}, rows)
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
					row = append(row, estimate(compare(trials, dataset, degree, loss, q).t))
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
