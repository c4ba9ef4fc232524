package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const histogramHeight = 2.8 * vg.Inch

// histogram is the distribution of one kind of samples.
type histogram struct {
	name   string
	values []float64
	shares []float64 // of the values in each bin
	style  draw.LineStyle
	fill   bool
}

// distanceFigure shows how far the samples of a run lie from the clean centroid
// of their true class; not ok without features or centroids.
func distanceFigure(r *Run, name, prefix string) (figure, bool) {
	all, largest := distanceHistograms(r)
	if len(all) == 0 {
		return figure{}, false
	}
	p := newPlot("distance to the clean centroid of the true class", "share of the samples (%)")
	f := figure{name: prefix + "distances", title: withRun("Distances to the class centroid", name), height: histogramHeight, plot: p}
	top, bins := 0.0, histogramBins(all)
	var alt []string
	for _, h := range all {
		h.count(bins, largest)
		top = max(top, slices.Max(h.shares))
		mean, std := meanStd(h.values)
		f.legend = append(f.legend, legendEntry{text: h.name, line: h.style})
		alt = append(alt, fmt.Sprintf("%s: %s, mean %s, standard deviation %s.", h.name, countOf(len(h.values), "sample", "samples"), short(mean), short(std)))
		p.Add(histogramPlot{h, largest})
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, largest, 0, 1.05*top
	f.caption = "How far the samples lie from the centroid of the clean samples of the class they truly belong to. Corrupted samples far out are memorized: their mean is the memorization. A wide test curve is dilation. Each curve sums to 100\u00a0%." + r.TrainPoints.strideNote("train") + r.TestPoints.strideNote("test")
	f.alt = "Histograms. " + strings.Join(alt, " ")
	return f, true
}

// distanceHistograms returns the distances of each kind of samples that there
// are, and the largest of all; 1 where all samples lie on their centroids.
func distanceHistograms(r *Run) (all []histogram, largest float64) {
	for _, s := range r.splits() {
		if empty(s.points) || s.result == nil {
			continue
		}
		clean, corrupted := distancesToTruth(s.points, s.result.UncorruptedCentroids)
		if s.name == "train" {
			all = append(all,
				histogram{name: "train, clean", values: clean, style: draw.LineStyle{Color: palette[0].color(), Width: 1.25}, fill: true},
				histogram{name: "train, corrupted", values: corrupted, style: draw.LineStyle{Color: corrupt.color(), Width: 1.25}, fill: true})
		} else {
			all = append(all, histogram{name: "test", values: append(clean, corrupted...),
				style: draw.LineStyle{Color: ink.color(), Width: 1.25, Dashes: []vg.Length{3, 2}}})
		}
	}
	all = slices.DeleteFunc(all, func(h histogram) bool { return len(h.values) == 0 })
	for _, h := range all {
		largest = max(largest, slices.Max(h.values))
	}
	if largest == 0 {
		largest = 1
	}
	return all, largest
}

// distancesToTruth returns, of clean and of corrupted samples, the distances to
// the clean centroid of their true class. Samples that are not finite, or whose
// class has no clean ones, are left out.
func distancesToTruth(points *Points, centroids [][]float64) (clean, corrupted []float64) {
	for i, label := range points.Labels {
		truth := points.trueLabel(i)
		if truth < 0 || truth >= len(centroids) || len(centroids[truth]) != points.Dim {
			continue
		}
		d := 0.0
		for j, v := range points.row(i) {
			d += (float64(v) - centroids[truth][j]) * (float64(v) - centroids[truth][j])
		}
		switch d = math.Sqrt(d); {
		case !finite(d):
		case truth == label:
			clean = append(clean, d)
		default:
			corrupted = append(corrupted, d)
		}
	}
	return clean, corrupted
}

// histogramBins returns how many bins suit the kind with fewest samples.
func histogramBins(all []histogram) int {
	bins := 48
	for _, h := range all {
		bins = min(bins, max(12, int(2*math.Sqrt(float64(len(h.values))))))
	}
	return bins
}

// count fills the shares, in percent, of equal bins from 0 to largest.
func (h *histogram) count(bins int, largest float64) {
	h.shares = make([]float64, bins)
	for _, v := range h.values {
		bin := min(int(v/largest*float64(bins)), bins-1)
		h.shares[bin] += 100 / float64(len(h.values))
	}
}

// histogramPlot draws the outline of a histogram.
type histogramPlot struct {
	histogram
	largest float64
}

func (h histogramPlot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := func(xy plotter.XY) vg.Point { return vg.Point{X: x(xy.X), Y: y(xy.Y)} }
	outline := []vg.Point{at(plotter.XY{})}
	width := h.largest / float64(len(h.shares))
	for i, share := range h.shares {
		left := float64(i) * width
		outline = append(outline, at(plotter.XY{X: left, Y: share}), at(plotter.XY{X: left + width, Y: share}))
	}
	outline = append(outline, at(plotter.XY{X: h.largest}))
	if h.fill {
		c.FillPolygon(withAlpha(h.style.Color, 0.18), outline)
	}
	c.StrokeLines(h.style, outline)
}

// withRun adds the run's name to a title where there are several runs.
func withRun(title, run string) string {
	if run == "" {
		return title
	}
	return title + ", " + run
}

// strideNote says that not all samples were read.
func (p *Points) strideNote(split string) string {
	if p == nil || p.Stride <= 1 {
		return ""
	}
	return fmt.Sprintf(" Only one in %d of the %s samples was read.", p.Stride, splitWord[split])
}
