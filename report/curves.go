package report

import (
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

// finite reports whether v is a number with a place on an axis.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
