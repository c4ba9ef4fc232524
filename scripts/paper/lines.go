package main

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics/hypothesis"
)

// line is the least-squares line of dilation on memorization over the runs of a
// data set and loss.
type line struct {
	dataset  string
	loss     training.LossKind
	runs     int
	slope    hypothesis.TTest
	r2       float64
	relative bool // of the scale-free coordinates
}

// lines through the trials, in absolute and in relative coordinates.
func lines(trials []trial) []line {
	var all []line
	for _, dataset := range datasets(trials) {
		for _, loss := range losses(trials) {
			own := of(trials, func(t trial) bool { return t.exp.Dataset == dataset && t.exp.Loss == loss })
			for i, c := range [][2]quantity{{memorization, dilation}, {relativeM, relativeD}} {
				xs, ys := values(own, c[0], c[1])
				l := line{dataset: dataset, loss: loss, runs: len(xs), slope: hypothesis.Slope(xs, ys), relative: i == 1}
				if len(xs) > 1 {
					l.r2 = math.Pow(stat.Correlation(xs, ys, nil), 2)
				}
				all = append(all, l)
			}
		}
	}
	return all
}

// values of two quantities in the trials that have both.
func values(trials []trial, a, b quantity) (xs, ys []float64) {
	for _, t := range trials {
		if x, y := a.of(t), b.of(t); !math.IsNaN(x) && !math.IsNaN(y) {
			xs, ys = append(xs, x), append(ys, y)
		}
	}
	return xs, ys
}

// lineTable has a row for each data set and loss.
func lineTable(all []line) []string {
	var rows [][]string
	for i := 0; i+1 < len(all); i += 2 {
		absolute, relative := all[i], all[i+1]
		rows = append(rows, []string{
			titles[absolute.dataset], short[absolute.loss], fmt.Sprint(absolute.runs),
			estimate(absolute.slope), number(absolute.r2, 2), probability(absolute.slope.P),
			estimate(relative.slope), number(relative.r2, 2), probability(relative.slope.P),
		})
	}
	return table([]string{"", "loss", "runs", "slope [95 %]", "R²", "p", "slope, relative [95 %]", "R²", "p"}, rows)
}
