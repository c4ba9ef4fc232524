package report

import (
	"fmt"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

const scatterHeight = 4.6 * vg.Inch

// scatterFigures returns the feature scatter of train and test of one run, on
// the same axes. prefix goes before the file names.
func scatterFigures(r *Run, name, prefix string) []figure {
	if empty(r.TrainPoints) && empty(r.TestPoints) {
		return nil
	}
	pl := newPlane(r.TrainPoints, r.TestPoints)
	s := scatter{plane: pl, dim: len(pl.mean)}
	if c := r.Classifier; c != nil && len(c.Weight) == 2*s.dim {
		s.line, s.hasLine = pl.boundary(c)
	}
	var splits []split
	for _, sp := range r.splits() {
		if !empty(sp.points) {
			splits = append(splits, sp)
			s.clouds = append(s.clouds, newCloud(sp.points, pl))
		}
	}
	var figures []figure
	for i, sp := range splits {
		f := s.figure(s.clouds[i])
		f.name = prefix + "scatter-" + sp.name
		f.title = withRun(fmt.Sprintf("Features of the %s samples", splitWord[sp.name]), name)
		f.caption, f.alt = s.caption(s.clouds[i], sp.name)+sp.points.strideNote(sp.name), s.describe(s.clouds[i], f.title)
		figures = append(figures, f)
	}
	return figures
}

func empty(p *Points) bool { return p == nil || len(p.Labels) == 0 }

// scatter is what the scatter figures of one run have in common.
type scatter struct {
	plane   plane
	dim     int
	clouds  []cloud
	line    boundary
	hasLine bool
	// axes are the ranges of x and y, equal in all figures of the run.
	axes      *[2]axisRange
	stretched bool // the axes' units differ
}

type axisRange struct{ min, max float64 }

// figure draws one split; the caller adds the words.
func (s *scatter) figure(c cloud) figure {
	p := newPlot(s.axisLabels())
	f := figure{height: scatterHeight, plot: p, legend: s.legend(c)}
	s.setAxes(&f)
	if s.hasLine {
		p.Add(s.line)
	}
	for _, g := range c.groups {
		p.Add(glyphs{g, classPaint(g.class)})
	}
	for _, centre := range c.centres {
		p.Add(circle{centre, classPaint(centre.class), s.dim == 1})
	}
	return f
}

func (s *scatter) axisLabels() (x, y string) {
	switch {
	case s.dim == 1:
		return "feature", "training label"
	case s.dim == 2:
		return "feature 1", "feature 2"
	default:
		return s.componentLabel(0), s.componentLabel(1)
	}
}

func (s *scatter) componentLabel(k int) string {
	label := "principal component " + strconv.Itoa(k+1)
	if finite(s.plane.explained[k]) {
		label += fmt.Sprintf(" (%.3g %% of variance)", 100*s.plane.explained[k])
	}
	return label
}

// maxStretch is how much longer one axis' unit may be than the other's before
// equal units would leave most of the figure empty.
const maxStretch = 5

// setAxes sets the axes of a figure to hold everything that is drawn of any
// split. The first figure of a run settles the ranges for all.
func (s *scatter) setAxes(f *figure) {
	p := f.plot
	if s.dim == 1 {
		p.Y.Tick.Marker = plot.TickerFunc(wholeTicks)
	}
	if s.axes == nil {
		s.fitAxes(f)
		s.axes = &[2]axisRange{{p.X.Min, p.X.Max}, {p.Y.Min, p.Y.Max}}
	}
	p.X.Min, p.X.Max = s.axes[0].min, s.axes[0].max
	p.Y.Min, p.Y.Max = s.axes[1].min, s.axes[1].max
}

// fitAxes gives both axes equal units, so that circles are round, as far as
// maxStretch allows.
func (s *scatter) fitAxes(f *figure) {
	p := f.plot
	xs, ys := s.extent()
	setRange(&p.X, xs)
	setRange(&p.Y, ys)
	if s.dim == 1 {
		return
	}
	area := f.plotArea()
	unitX, unitY := (p.X.Max-p.X.Min)/float64(area.X), (p.Y.Max-p.Y.Min)/float64(area.Y)
	switch {
	case unitX > unitY && unitX < maxStretch*unitY:
		widen(&p.Y, unitX/unitY)
	case unitY > unitX && unitY < maxStretch*unitX:
		widen(&p.X, unitY/unitX)
	default:
		s.stretched = unitX != unitY
	}
}

// extent returns the coordinates of all that is drawn, circles by their
// outermost points.
func (s *scatter) extent() (xs, ys []float64) {
	for _, c := range s.clouds {
		for _, g := range c.groups {
			for _, xy := range g.xys {
				xs, ys = append(xs, xy.X), append(ys, xy.Y)
			}
		}
		for _, m := range c.centres {
			xs = append(xs, m.xy.X-m.radius, m.xy.X+m.radius)
			if s.dim > 1 {
				ys = append(ys, m.xy.Y-m.radius, m.xy.Y+m.radius)
			}
		}
	}
	return xs, ys
}

// widen scales an axis' range about its middle.
func widen(axis *plot.Axis, factor float64) {
	middle, half := (axis.Min+axis.Max)/2, factor*(axis.Max-axis.Min)/2
	axis.Min, axis.Max = middle-half, middle+half
}

func (s *scatter) legend(c cloud) []legendEntry {
	class := c.firstClass()
	entries := []legendEntry{{text: "clean (digit: class)", glyph: classGlyph(class), paint: classPaint(class)}}
	if _, corrupted := c.drawn(true); corrupted > 0 {
		entries = append(entries, legendEntry{text: "corrupted (digit: true class)", glyph: classGlyph(class), paint: corrupt})
	}
	entries = append(entries,
		legendEntry{text: "class centroid", mark: centroidStyle(ink)},
		legendEntry{text: "std of distances", line: circleStyle(ink)})
	if s.hasLine {
		entries = append(entries, legendEntry{text: "decision line", line: lineStyle})
	}
	return entries
}

func (c cloud) firstClass() int {
	if len(c.groups) == 0 {
		return 0
	}
	return c.groups[0].class
}
