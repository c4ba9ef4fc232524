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

const curveHeight = 3 * vg.Inch

// curve is one quantity over the epochs of one run.
type curve struct {
	name   string
	also   []string    // the names of equal curves, drawn as this one
	xys    plotter.XYs // NaN where not measured
	paint  paint
	dashed bool
	steps  bool // drawn as a step function
	log    bool // the y axis' coordinates are exponents of ten
}

// curveFigure draws one quantity of all runs; not ok when none has a value.
func curveFigure(q quantity, runs []Run, names []string) (figure, bool) {
	curves := joinEqual(collectCurves(q, runs, names), len(runs))
	if len(curves) == 0 {
		return figure{}, false
	}
	p := newPlot("epoch", q.axis)
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	var xs, ys []float64
	var alt []string
	f := figure{name: q.name, title: q.title, caption: q.caption, height: curveHeight, plot: p}
	if validated(q, runs) {
		f.caption += " Dashed: the validation samples."
	}
	for _, c := range curves {
		for _, xy := range c.xys {
			if finite(xy.Y) {
				xs, ys = append(xs, xy.X), append(ys, xy.Y)
			}
		}
		alt = append(alt, c.describe())
		if len(runs) > 1 || q.val != nil {
			for _, name := range append([]string{c.name}, c.also...) {
				f.legend = append(f.legend, legendEntry{text: name, line: c.style()})
			}
		}
	}
	logarithmic := q.log && setLogRange(&p.Y, ys)
	if !logarithmic {
		setRange(&p.Y, ys)
	}
	setRange(&p.X, xs)
	for _, c := range curves {
		c.log = logarithmic
		p.Add(c)
	}
	f.alt = "Line chart. " + strings.Join(alt, " ")
	return f, true
}

func collectCurves(q quantity, runs []Run, names []string) []curve {
	var curves []curve
	kinds := validated(q, runs)
	for i, r := range runs {
		for _, kind := range []struct {
			name   string
			of     func(Epoch) float64
			dashed bool
		}{{"train", q.train, false}, {"validation", q.val, true}} {
			if kind.of == nil {
				continue
			}
			c := curve{paint: seriesPaint(i), dashed: kind.dashed, steps: q.steps}
			c.name = curveName(names, i, kind.name, kinds)
			for _, e := range r.History {
				if y := kind.of(e); finite(y) || !q.sparse {
					c.xys = append(c.xys, plotter.XY{X: float64(e.Epoch), Y: y})
				}
			}
			if len(c.segments()) > 0 {
				curves = append(curves, c)
			}
		}
	}
	return curves
}

// validated reports whether any run has a validation curve of the quantity.
func validated(q quantity, runs []Run) bool {
	return q.val != nil && slices.ContainsFunc(runs, func(r Run) bool {
		return slices.ContainsFunc(r.History, func(e Epoch) bool { return finite(q.val(e)) })
	})
}

// joinEqual draws curves that would hide each other as one that bears all
// their names, or no run's name and colour where it is the curve of all.
func joinEqual(curves []curve, runs int) []curve {
	var out []curve
	for _, c := range curves {
		at := slices.IndexFunc(out, func(o curve) bool { return o.dashed == c.dashed && slices.Equal(o.xys, c.xys) })
		if at < 0 {
			out = append(out, c)
		} else {
			out[at].also = append(out[at].also, c.name)
		}
	}
	if len(out) == 1 && len(curves) == runs && runs > 1 {
		out[0].name, out[0].also, out[0].paint = "all runs", nil, ink
	}
	return out
}

// curveName says whose curve it is, as far as there is a choice.
func curveName(names []string, run int, kind string, kinds bool) string {
	switch {
	case len(names) == 1:
		return kind
	case kinds:
		return names[run] + ", " + kind
	default:
		return names[run]
	}
}

func (c curve) style() draw.LineStyle {
	s := draw.LineStyle{Color: c.paint.color(), Width: 1.5}
	if c.dashed {
		s.Dashes = []vg.Length{4, 3}
	}
	return s
}

// segments returns the runs of consecutive finite values.
func (c curve) segments() []plotter.XYs {
	var out []plotter.XYs
	start := 0
	for i := 0; i <= len(c.xys); i++ {
		if i < len(c.xys) && finite(c.xys[i].Y) {
			continue
		}
		if i > start {
			out = append(out, c.xys[start:i])
		}
		start = i + 1
	}
	return out
}

// Plot draws the curve; a value without neighbours becomes a dot.
func (c curve) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	for _, segment := range c.segments() {
		if c.steps {
			segment = steps(segment)
		}
		points := make([]vg.Point, len(segment))
		for i, xy := range segment {
			if c.log {
				xy.Y = math.Log10(xy.Y)
			}
			points[i] = vg.Point{X: x(xy.X), Y: y(xy.Y)}
		}
		if len(points) == 1 {
			canvas.DrawGlyph(draw.GlyphStyle{Color: c.paint.color(), Radius: 2.5, Shape: draw.CircleGlyph{}}, points[0])
			continue
		}
		canvas.StrokeLines(c.style(), points)
	}
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
	var values plotter.XYs
	for _, s := range c.segments() {
		values = append(values, s...)
	}
	first, last := values[0], values[len(values)-1]
	if len(values) == 1 {
		return fmt.Sprintf("%s: %s at epoch %.0f.", name, short(first.Y), first.X)
	}
	return fmt.Sprintf("%s: from %s at epoch %.0f to %s at epoch %.0f.", name, short(first.Y), first.X, short(last.Y), last.X)
}

// finite reports whether v is a number with a place on an axis.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
