package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Search is what a study searched for, and what its trials found.
type Search struct {
	Objective string // the name of what was maximised, or minimised
	Minimise  bool
	Axes      []SearchAxis
	Trials    []SearchTrial // in their order
}

// SearchAxis is one searched setting.
type SearchAxis struct {
	Name string
	// Ticks are the ends of the range, or the choices, with their places in [0, 1].
	Ticks []SearchTick
	// Importance is the setting's share in what makes a trial good; NaN where
	// there are too few trials to tell.
	Importance float64
}

// SearchTick is a value of a searched setting at its place on the axis.
type SearchTick struct {
	Place float64
	Label string
}

// SearchTrial is one trial.
type SearchTrial struct {
	Group  string    // the cell of the grid; "" for a study without one
	At     []float64 // its place on each axis, in [0, 1]; NaN where it has no such setting
	Value  float64   // of the objective; NaN where there is none
	Pruned bool      // it was given up early
}

// better reports whether value a is better than b; anything is better than NaN.
func (s *Search) better(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return !math.IsNaN(a)
	}
	if s.Minimise {
		return a < b
	}
	return a > b
}

// searchSection has the figures of a search.
func searchSection(s *Search) figureSection {
	section := figureSection{id: "search", title: "Search"}
	if s == nil {
		return section
	}
	for _, draw := range []func(*Search) (figure, bool){courseFigure, parallelFigure, importanceFigure} {
		if f, ok := draw(s); ok {
			section.figures = append(section.figures, f)
		}
	}
	return section
}

// courseFigure shows the value of every trial and the best so far.
func courseFigure(s *Search) (figure, bool) {
	p := newPlot("trial", s.Objective)
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	f := figure{name: "search-course", title: "Course of the search", height: curveHeight, plot: p}
	var xs, ys []float64
	var groups []string
	bests := map[string]*curve{}
	for i, t := range s.Trials {
		if !finite(t.Value) {
			continue
		}
		best := bests[t.Group]
		if best == nil {
			best = &curve{name: t.Group, unit: "trial", style: lineOf(len(groups), curveKind{}), steps: true}
			bests[t.Group], groups = best, append(groups, t.Group)
		}
		x, so := float64(i+1), t.Value
		if n := len(best.xys); n > 0 && !s.better(t.Value, best.xys[n-1].Y) {
			so = best.xys[n-1].Y
		}
		best.xys = append(best.xys, plotter.XY{X: x, Y: so})
		xs, ys = append(xs, x), append(ys, t.Value)
		if len(groups) <= maxSeries {
			p.Add(trialMark{plotter.XY{X: x, Y: t.Value}, slices.Index(groups, t.Group), t.Pruned})
		}
	}
	if len(xs) == 0 {
		return figure{}, false
	}
	setRange(&p.X, xs)
	setRange(&p.Y, ys)
	var alt []string
	for i, g := range groups[:min(len(groups), maxSeries)] {
		p.Add(*bests[g])
		alt = append(alt, bests[g].describe())
		if len(groups) > 1 {
			f.legend = append(f.legend, legendEntry{text: ellipsis(g, maxName), line: lineOf(i, curveKind{}), mark: trialMark{series: i}.style()})
		}
	}
	f.caption = fmt.Sprintf("The %s of each trial (hollow: given up early) and, as a line, the best so far. %s is better.", s.Objective, map[bool]string{false: "More", true: "Less"}[s.Minimise])
	f.alt = "Chart of trials. Best so far: " + strings.Join(alt, " ")
	return f, true
}

// trialMark is one trial in the course of a search.
type trialMark struct {
	at     plotter.XY
	series int
	pruned bool
}

func (m trialMark) style() draw.GlyphStyle {
	style := dot(m.series, 0)
	if m.pruned {
		style = dot(m.series, 1) // hollow
	}
	style.Color, style.Radius = seriesPaint(m.series).alpha(0.6), 2
	return style
}

func (m trialMark) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.DrawGlyph(m.style(), vg.Point{X: x(m.at.X), Y: y(m.at.Y)})
}

// maxLines is how many trials the parallel coordinates show.
const maxLines = 400

// parallelFigure draws each trial as a line over the axes of the search, the
// objective last; the best tenth stands out.
func parallelFigure(s *Search) (figure, bool) {
	trials := slices.DeleteFunc(slices.Clone(s.Trials), func(t SearchTrial) bool { return !finite(t.Value) })
	if len(s.Axes) == 0 || len(trials) < 2 {
		return figure{}, false
	}
	slices.SortStableFunc(trials, func(a, b SearchTrial) int { // the best last: they lie on top
		order := cmp.Compare(a.Value, b.Value)
		if s.Minimise {
			return -order
		}
		return order
	})
	omitted := max(0, len(trials)-maxLines)
	trials = trials[omitted:]
	lo, hi := trials[0].Value, trials[len(trials)-1].Value
	if s.Minimise {
		lo, hi = hi, lo
	}
	axes := append(slices.Clone(s.Axes), SearchAxis{Name: s.Objective, Ticks: []SearchTick{{0, short(lo)}, {1, short(hi)}}})
	p := newPlot("", "")
	p.HideAxes()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.35, float64(len(axes))-0.65, -0.1, 1.16
	best := max(1, len(trials)/10)
	p.Add(parallel{axes: axes, trials: trials, best: best, lo: lo, hi: hi})
	f := figure{name: "search-parallel", title: "Parallel coordinates", height: 3.4 * vg.Inch, plot: p}
	f.legend = []legendEntry{
		{text: fmt.Sprintf("best %d of %d trials", best, len(trials)), line: bestLine},
		{text: "the others", line: otherLine},
	}
	f.caption = "Each line is a trial: its searched settings, in the order in which they are given, and what came of it, on the last axis. Lines end where a setting has no part in a trial."
	if omitted > 0 {
		f.caption += fmt.Sprintf(" The %d worst trials are left out.", omitted)
	}
	var names []string
	for _, a := range axes {
		names = append(names, a.Name)
	}
	f.alt = fmt.Sprintf("Parallel coordinates of %d trials over %s.", len(trials), strings.Join(names, ", "))
	return f, true
}

var (
	bestLine  = draw.LineStyle{Color: palette[1].alpha(0.9), Width: 1.5}
	otherLine = draw.LineStyle{Color: palette[0].alpha(0.25), Width: 0.75}
)

// parallel draws axes and trials.
type parallel struct {
	axes   []SearchAxis
	trials []SearchTrial // the best last
	best   int
	lo, hi float64 // of the objective
}

func (l parallel) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, t := range l.trials {
		style := otherLine
		if i >= len(l.trials)-l.best {
			style = bestLine
		}
		var line plotter.XYs
		for j := range l.axes {
			line = append(line, plotter.XY{X: float64(j), Y: l.place(t, j)})
		}
		for _, part := range segments(line) {
			points := make([]vg.Point, len(part))
			for k, xy := range part {
				points[k] = vg.Point{X: x(xy.X), Y: y(xy.Y)}
			}
			if len(points) == 1 {
				c.DrawGlyph(draw.GlyphStyle{Color: style.Color, Radius: 1.5, Shape: draw.CircleGlyph{}}, points[0])
				continue
			}
			c.StrokeLines(style, points)
		}
	}
	name, value := label(ink, 10), label(muted, 9)
	name.XAlign, value.YAlign = draw.XCenter, draw.YCenter
	for j, a := range l.axes {
		at := x(float64(j))
		c.StrokeLine2(draw.LineStyle{Color: ink.color(), Width: 1}, at, y(0), at, y(1))
		c.FillText(name, vg.Point{X: at, Y: y(1.07)}, ellipsis(a.Name, 18))
		const gap = 4
		value.XAlign, at = draw.XRight, at-gap
		if j == len(l.axes)-1 { // clear of the lines, which meet here
			value.XAlign, at = draw.XLeft, at+2*gap
		}
		for _, tick := range a.Ticks {
			c.FillText(value, vg.Point{X: at, Y: y(tick.Place)}, ellipsis(tick.Label, 14))
		}
	}
}

// place returns where a trial is on axis j, NaN where it is not.
func (l parallel) place(t SearchTrial, j int) float64 {
	switch {
	case j < len(t.At) && j < len(l.axes)-1:
		return t.At[j]
	case j < len(l.axes)-1:
		return math.NaN()
	case l.hi == l.lo:
		return 0.5
	}
	return (t.Value - l.lo) / (l.hi - l.lo)
}

// importanceFigure shows the shares of the searched settings as bars.
func importanceFigure(s *Search) (figure, bool) {
	axes := slices.DeleteFunc(slices.Clone(s.Axes), func(a SearchAxis) bool { return !finite(a.Importance) })
	if len(axes) < 2 {
		return figure{}, false
	}
	slices.SortStableFunc(axes, func(a, b SearchAxis) int { return cmp.Compare(b.Importance, a.Importance) })
	p := newPlot("share (%)", "")
	var ticks []plot.Tick
	var alt []string
	for i, a := range axes {
		row := float64(len(axes) - 1 - i)
		ticks = append(ticks, plot.Tick{Value: row, Label: ellipsis(a.Name, 24)})
		alt = append(alt, fmt.Sprintf("%s: %.3g %%.", a.Name, 100*a.Importance))
		p.Add(bar{row, 100 * a.Importance})
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100*axes[0].Importance+1e-9, -0.6, float64(len(axes))-0.4
	p.Y.Tick.Marker, p.Y.Tick.Length = plot.ConstantTicks(ticks), 0
	style(&p.Y.Tick.Label, ink, 11)
	return figure{
		name: "search-importance", title: "Importance of the searched settings", plot: p,
		caption: "How much each setting matters for being among the best quarter of the trials (PED-ANOVA), in shares that sum to 100\u00a0%.",
		alt:     "Bar chart. " + strings.Join(alt, " "), height: (1 + 0.3*vg.Length(len(axes))) * vg.Inch,
	}, true
}

// bar is a level bar from 0.
type bar struct{ row, value float64 }

func (b bar) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.FillPolygon(palette[0].color(), []vg.Point{
		{X: x(0), Y: y(b.row - 0.3)}, {X: x(b.value), Y: y(b.row - 0.3)}, {X: x(b.value), Y: y(b.row + 0.3)}, {X: x(0), Y: y(b.row + 0.3)},
	})
}
