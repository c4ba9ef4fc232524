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

const curveHeight = 3 * vg.Inch

// maxMembers is up to how many runs a figure draws each run beside the means.
const maxMembers = 40

// curve is one quantity over the epochs of one series.
type curve struct {
	name    string
	unit    string        // of the x axis, "" for epoch
	also    []string      // the names of equal curves, drawn as this one
	xys     plotter.XYs   // the run's values or the group's means; NaN where not measured
	spread  []float64     // standard deviation at each of xys; nil for a single run
	members []plotter.XYs // the runs of a group
	style   draw.LineStyle
	mark    draw.GlyphDrawer // at the end of the curve; nil for none
	steps   bool             // drawn as a step function
	log     bool             // the y axis' coordinates are exponents of ten
}

// curveFigure draws one quantity of all series; not ok when none has a value.
func curveFigure(q quantity, c *comparison) (figure, bool) {
	kinds, curves := withoutTwins(q.present(c), c, q)
	if len(kinds) == 1 {
		curves = joinEqual(curves, len(c.drawn()))
	}
	if len(curves) == 0 {
		return figure{}, false
	}
	p := newPlot("epoch", q.axis)
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	f := figure{name: q.name, title: q.title, caption: q.captionOf(kinds, c), height: curveHeight, plot: p}
	f.legend = curveLegend(curves, kinds, c)
	var xs, ys []float64
	var alt []string
	for _, cv := range curves {
		x, y := cv.extent()
		xs, ys = append(xs, x...), append(ys, y...)
		alt = append(alt, cv.describe())
	}
	logarithmic := q.log && setLogRange(&p.Y, ys)
	if !logarithmic {
		for _, cv := range curves {
			ys = append(ys, cv.band(-1)...)
			ys = append(ys, cv.band(1)...)
		}
		setRange(&p.Y, ys)
	}
	setRange(&p.X, xs)
	for _, cv := range curves {
		cv.log = logarithmic
		p.Add(cv)
	}
	f.alt = "Line chart. " + strings.Join(alt, " ")
	return f, true
}

// withoutTwins collects the curves and leaves out a kind whose curves are all
// those of the first: what is of the classifier alone is the same in every split.
func withoutTwins(kinds []curveKind, c *comparison, q quantity) ([]curveKind, []curve) {
	curves := collectCurves(q, kinds, c)
	for i := len(kinds) - 1; i > 0; i-- {
		first, other := collectCurves(q, kinds[:1], c), collectCurves(q, kinds[i:i+1], c)
		if slices.EqualFunc(first, other, func(a, b curve) bool { return slices.Equal(a.xys, b.xys) }) {
			kinds = slices.Delete(slices.Clone(kinds), i, i+1)
			curves = collectCurves(q, kinds, c)
		}
	}
	return kinds, curves
}

// curveLegend names the series, and apart from them the kinds of curves, as
// far as there is a choice.
func curveLegend(curves []curve, kinds []curveKind, c *comparison) []legendEntry {
	var entries []legendEntry
	switch many := len(c.series) > 1; {
	case many && len(kinds) > 1:
		for i, s := range c.drawn() {
			entries = append(entries, legendEntry{text: s.name, line: lineOf(i, curveKind{}), mark: endMark(i, c)})
		}
		for _, k := range kinds {
			line := lineOf(0, k)
			line.Color = ink.color()
			entries = append(entries, legendEntry{text: k.name, line: line})
		}
	case many:
		for _, cv := range curves {
			for _, name := range append([]string{cv.name}, cv.also...) {
				e := legendEntry{text: name, line: cv.style}
				if cv.mark != nil {
					e.mark = draw.GlyphStyle{Color: cv.style.Color, Radius: 3, Shape: cv.mark}
				}
				entries = append(entries, e)
			}
		}
	case len(kinds) > 1 || kinds[0].name != "":
		for _, cv := range curves {
			entries = append(entries, legendEntry{text: cv.name, line: cv.style})
		}
	}
	return entries
}

// lineOf returns the line of a series' curve.
func lineOf(series int, kind curveKind) draw.LineStyle {
	return draw.LineStyle{Color: seriesPaint(series).color(), Width: 1.5, Dashes: kind.dashes}
}

// endMark tells series of the same colour apart.
func endMark(series int, c *comparison) draw.GlyphStyle {
	if len(c.drawn()) <= len(palette) {
		return draw.GlyphStyle{}
	}
	return dot(series, 0)
}

func collectCurves(q quantity, kinds []curveKind, c *comparison) []curve {
	var curves []curve
	for i, s := range c.drawn() {
		for _, kind := range kinds {
			var members []plotter.XYs
			for _, r := range s.runs {
				if xys := q.values(kind, c.runs[r]); len(segments(xys)) > 0 {
					members = append(members, xys)
				}
			}
			if len(members) == 0 {
				continue
			}
			cv := curve{name: curveName(c.seriesLabel(i), kind.name, len(kinds) > 1), style: lineOf(i, kind), mark: endMark(i, c).Shape, steps: q.steps}
			if cv.xys = members[0]; len(members) > 1 {
				cv.xys, cv.spread = average(members)
				if len(c.runs) <= maxMembers {
					cv.members = members
				}
			}
			if len(segments(cv.xys)) > 0 {
				curves = append(curves, cv)
			}
		}
	}
	return curves
}

// values returns a quantity of one run over the epochs.
func (q quantity) values(kind curveKind, r Run) plotter.XYs {
	var xys plotter.XYs
	for _, e := range r.History {
		if y := kind.of(e); finite(y) || !q.sparse {
			xys = append(xys, plotter.XY{X: float64(e.Epoch), Y: y})
		}
	}
	return xys
}

// average returns the mean and the standard deviation over the runs at every
// epoch at which all of them have a value.
func average(runs []plotter.XYs) (means plotter.XYs, spread []float64) {
	at := make(map[float64][]float64)
	for _, xys := range runs {
		for _, xy := range xys {
			if finite(xy.Y) {
				at[xy.X] = append(at[xy.X], xy.Y)
			}
		}
	}
	for _, xy := range runs[0] {
		if values := at[xy.X]; len(values) == len(runs) {
			mean, std := meanStd(values)
			means, spread = append(means, plotter.XY{X: xy.X, Y: mean}), append(spread, std)
		}
	}
	return means, spread
}

// joinEqual draws curves that would hide each other as one that bears all
// their names, or no series' name and colour where it is the curve of all.
func joinEqual(curves []curve, series int) []curve {
	var out []curve
	for _, c := range curves {
		at := slices.IndexFunc(out, func(o curve) bool { return slices.Equal(o.xys, c.xys) && slices.Equal(o.spread, c.spread) })
		if at < 0 {
			out = append(out, c)
		} else {
			out[at].also = append(out[at].also, c.name)
		}
	}
	if len(out) == 1 && len(curves) == series && series > 1 {
		out[0].name, out[0].also, out[0].style.Color, out[0].mark = "all runs", nil, ink.color(), nil
	}
	return out
}

// curveName says whose curve it is, as far as there is a choice.
func curveName(series, kind string, kinds bool) string {
	switch {
	case series == "":
		return kind
	case kinds:
		return series + ", " + kind
	default:
		return series
	}
}

// segments returns the runs of consecutive finite values.
func segments(xys plotter.XYs) []plotter.XYs {
	var out []plotter.XYs
	start := 0
	for i := 0; i <= len(xys); i++ {
		if i < len(xys) && finite(xys[i].Y) {
			continue
		}
		if i > start {
			out = append(out, xys[start:i])
		}
		start = i + 1
	}
	return out
}

// extent returns the coordinates of all values, the group's runs included.
func (c curve) extent() (xs, ys []float64) {
	for _, xys := range append([]plotter.XYs{c.xys}, c.members...) {
		for _, xy := range xys {
			if finite(xy.Y) {
				xs, ys = append(xs, xy.X), append(ys, xy.Y)
			}
		}
	}
	return xs, ys
}

// band returns the means plus sign times the standard deviations.
func (c curve) band(sign float64) []float64 {
	out := make([]float64, len(c.spread))
	for i, s := range c.spread {
		out[i] = c.xys[i].Y + sign*s
	}
	return out
}

// Plot draws the band of a group, its runs, and the curve; a value without
// neighbours becomes a dot.
func (c curve) Plot(canvas draw.Canvas, p *plot.Plot) {
	place := c.placer(canvas, p)
	c.plotBand(canvas, place)
	faint := c.style
	faint.Color, faint.Width = withAlpha(c.style.Color, 0.35), 0.6
	for _, xys := range c.members {
		c.plotLine(canvas, xys, faint, place)
	}
	c.plotLine(canvas, c.xys, c.style, place)
	if c.mark != nil {
		all := segments(c.xys)
		last := all[len(all)-1]
		canvas.DrawGlyph(draw.GlyphStyle{Color: c.style.Color, Radius: 3, Shape: c.mark}, place(last[len(last)-1]))
	}
}

// placer maps values to the canvas.
func (c curve) placer(canvas draw.Canvas, p *plot.Plot) func(plotter.XY) vg.Point {
	x, y := p.Transforms(&canvas)
	return func(xy plotter.XY) vg.Point {
		if c.log { // a band may reach below all positive numbers
			xy.Y = math.Log10(max(xy.Y, math.Pow(10, p.Y.Min)))
		}
		return vg.Point{X: x(xy.X), Y: y(min(max(xy.Y, p.Y.Min), p.Y.Max))}
	}
}

func (c curve) plotLine(canvas draw.Canvas, xys plotter.XYs, style draw.LineStyle, place func(plotter.XY) vg.Point) {
	for _, segment := range segments(xys) {
		if c.steps {
			segment = steps(segment)
		}
		points := make([]vg.Point, len(segment))
		for i, xy := range segment {
			points[i] = place(xy)
		}
		if len(points) == 1 {
			canvas.DrawGlyph(draw.GlyphStyle{Color: style.Color, Radius: max(2.5, 1.5*style.Width), Shape: draw.CircleGlyph{}}, points[0])
			continue
		}
		canvas.StrokeLines(style, points)
	}
}

// plotBand fills the area of mean ± standard deviation.
func (c curve) plotBand(canvas draw.Canvas, place func(plotter.XY) vg.Point) {
	if len(c.spread) < 2 || slices.Max(c.spread) == 0 {
		return
	}
	lower, upper := c.band(-1), c.band(1)
	area := make([]vg.Point, 0, 2*len(lower))
	for i, y := range upper {
		area = append(area, place(plotter.XY{X: c.xys[i].X, Y: y}))
	}
	for i, y := range slices.Backward(lower) {
		area = append(area, place(plotter.XY{X: c.xys[i].X, Y: y}))
	}
	canvas.FillPolygon(withAlpha(c.style.Color, 0.15), area)
}

// steps returns the corners of the step function with the segment's values,
// each of which holds up to the middle between its epoch and the next.
func steps(segment plotter.XYs) plotter.XYs {
	corners := segment[:1:1]
	for i := 1; i < len(segment); i++ {
		if a, b := segment[i-1], segment[i]; a.Y != b.Y {
			middle := (a.X + b.X) / 2
			corners = append(corners, plotter.XY{X: middle, Y: a.Y}, plotter.XY{X: middle, Y: b.Y})
		}
	}
	if last := segment[len(segment)-1]; len(segment) > 1 {
		corners = append(corners, last)
	}
	return corners
}

// describe says in words how the curve runs.
func (c curve) describe() string {
	name := strings.Join(append([]string{c.name}, c.also...), " and ")
	if c.spread != nil {
		name = strings.TrimSpace(name + " (mean)")
	}
	if name != "" {
		name += ": "
	}
	var values plotter.XYs
	for _, s := range segments(c.xys) {
		values = append(values, s...)
	}
	first, last, unit := values[0], values[len(values)-1], cmp.Or(c.unit, "epoch")
	if len(values) == 1 {
		return fmt.Sprintf("%s%s at %s %.0f.", name, short(first.Y), unit, first.X)
	}
	return fmt.Sprintf("%sfrom %s at %s %.0f to %s at %s %.0f.", name, short(first.Y), unit, first.X, short(last.Y), unit, last.X)
}

// finite reports whether v is a number with a place on an axis.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
