package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memdil/memdil/metrics"
)

const reliabilityHeight = 4.4 * vg.Inch

// reliabilityFigure is the reliability diagram of a run: accuracy against
// confidence, train and test; not ok without logits.
func reliabilityFigure(r *Run, name, prefix string) (figure, bool) {
	p := newPlot("confidence (largest softmax probability)", "accuracy of these samples")
	f := figure{name: prefix + "reliability", title: withRun("Reliability diagram", name), height: reliabilityHeight, plot: p}
	p.Add(diagonal{})
	var alt []string
	for k, s := range r.splits() {
		if s.points == nil || s.points.Reliability == nil {
			continue
		}
		b := newReliabilityBins(s.points.Reliability, k)
		if len(b.at) == 0 {
			continue
		}
		p.Add(b)
		entry := legendEntry{text: s.name, line: b.line, mark: draw.GlyphStyle{Color: b.line.Color, Radius: 3.5, Shape: b.shape}}
		if s.result != nil && s.result.ECE.Defined() {
			entry.text += ", ECE " + short(float64(s.result.ECE))
		}
		f.legend = append(f.legend, entry)
		alt = append(alt, b.describe(s.name))
	}
	if len(f.legend) == 0 {
		return figure{}, false
	}
	f.legend = append(f.legend, legendEntry{text: "perfectly calibrated", line: diagonalStyle})
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, -0.02, 1.02
	f.caption = "Samples in 15 bins of the network's confidence, and the share of them that is predicted as labelled. Below the diagonal the network is too sure of itself; training labels are the noisy ones. Larger marks hold more of the samples."
	f.alt = "Reliability diagram. " + strings.Join(alt, " ")
	return f, true
}

// reliabilityBins draws the filled bins of one split.
type reliabilityBins struct {
	at     plotter.XYs
	shares []float64 // of the samples, in percent
	line   draw.LineStyle
	shape  draw.GlyphDrawer
}

func newReliabilityBins(bins []metrics.ReliabilityBin, split int) reliabilityBins {
	b := reliabilityBins{line: draw.LineStyle{Color: palette[0].color(), Width: 1.25}, shape: draw.CircleGlyph{}}
	if split == 1 {
		b.line = draw.LineStyle{Color: palette[1].color(), Width: 1.25, Dashes: []vg.Length{1, 2}}
		b.shape = draw.BoxGlyph{}
	}
	for _, bin := range bins {
		if bin.Count > 0 {
			b.at = append(b.at, plotter.XY{X: float64(bin.Confidence), Y: float64(bin.Accuracy)})
			b.shares = append(b.shares, share(bin.Count, bins))
		}
	}
	return b
}

func (b reliabilityBins) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	points := make([]vg.Point, len(b.at))
	for i, at := range b.at {
		points[i] = vg.Point{X: x(at.X), Y: y(at.Y)}
	}
	if len(points) > 1 {
		c.StrokeLines(b.line, points)
	}
	for i, at := range points { // the area of a mark grows with its samples
		radius := 1.6 + 5*vg.Length(math.Sqrt(b.shares[i]/100))
		c.DrawGlyph(draw.GlyphStyle{Color: b.line.Color, Radius: radius, Shape: b.shape}, at)
	}
}

func (b reliabilityBins) describe(split string) string {
	var words []string
	for i, at := range b.at {
		words = append(words, fmt.Sprintf("confidence %s, accuracy %s, %.3g %% of the samples", short(at.X), short(at.Y), b.shares[i]))
	}
	return split + ": " + strings.Join(words, "; ") + "."
}

// diagonal is where confidence and accuracy agree.
type diagonal struct{}

var diagonalStyle = draw.LineStyle{Color: muted.color(), Width: 1, Dashes: []vg.Length{4, 3}}

func (diagonal) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.StrokeLine2(diagonalStyle, x(0), y(0), x(1), y(1))
}

// share returns the part of n in all, in percent.
func share(n int, bins []metrics.ReliabilityBin) float64 {
	all := 0
	for _, b := range bins {
		all += b.Count
	}
	return 100 * float64(n) / float64(max(all, 1))
}
