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
