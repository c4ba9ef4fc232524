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
	slope    hypothesis.TTest // of the lines of the single seeds, each over the degrees of noise
	r2       float64          // of the line through all runs
	within   float64          // correlation of what differs from the means at the runs' noise degree
	relative bool             // of the scale-free coordinates
}

// lines through the trials, in absolute and in relative coordinates.
func lines(trials []trial) []line {
	var all []line
	for _, dataset := range datasets(trials) {
		for _, loss := range losses(trials) {
			own := of(trials, func(t trial) bool { return t.exp.Dataset == dataset && t.exp.Loss == loss })
			for i, c := range [][2]quantity{{memorization, dilation}, {relativeM, relativeD}} {
				xs, ys := values(own, c[0], c[1])
				l := line{dataset: dataset, loss: loss, runs: len(xs), slope: slopeOf(own, c[0], c[1]), within: within(own, c[0], c[1]), relative: i == 1}
				if len(xs) > 1 {
					l.r2 = math.Pow(stat.Correlation(xs, ys, nil), 2)
				}
				all = append(all, l)
			}
		}
	}
	return all
}

// slopeOf fits a line for each seed, whose runs at different degrees of noise go
// together, and takes their mean.
func slopeOf(trials []trial, x, y quantity) hypothesis.TTest {
	var slopes []float64
	for _, seed := range distinct(trials, func(t trial) int64 { return t.exp.Seed }) {
		xs, ys := values(of(trials, func(t trial) bool { return t.exp.Seed == seed }), x, y)
		slopes = append(slopes, hypothesis.Slope(xs, ys).Estimate)
	}
	return hypothesis.Paired(slopes, make([]float64, len(slopes)))
}

// within is the correlation of two quantities among runs of equal noise degree,
// where there is any: that both grow with the degree does not count.
func within(trials []trial, x, y quantity) float64 {
	var dx, dy []float64
	for _, degree := range degrees(trials) {
		xs, ys := values(of(trials, func(t trial) bool { return degree > 0 && t.noise() == degree }), x, y)
		mx, my := stat.Mean(xs, nil), stat.Mean(ys, nil)
		for i := range xs {
			dx, dy = append(dx, xs[i]-mx), append(dy, ys[i]-my)
		}
	}
	return stat.Correlation(dx, dy, nil)
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
			estimate(absolute.slope), number(absolute.r2, 2), number(absolute.within, 2),
			estimate(relative.slope), number(relative.r2, 2), number(relative.within, 2),
		})
	}
	return table([]string{"", "loss", "runs", "slope [95 %]", "R²", "r at equal η", "slope, relative [95 %]", "R²", "r at equal η"}, rows)
}
