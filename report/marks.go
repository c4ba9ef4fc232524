package report

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// classGlyph is the mark of a class: its number.
func classGlyph(class int) string { return strconv.Itoa(class) }

// drawGlyphs draws text centred at each of the points.
func drawGlyphs(c draw.Canvas, text string, clr color.NRGBA, size vg.Length, points ...vg.Point) {
	const digitHeight = 0.7 // of the font size, in Helvetica and its kin
	face := plot.DefaultTextHandler.Cache().Lookup(sans(size), size)
	shift := vg.Point{X: -face.Width(text) / 2, Y: -digitHeight * size / 2}
	c.SetColor(clr)
	for _, p := range points {
		c.FillString(face, p.Add(shift), text)
	}
}

// glyphs draws the samples of a group as the glyph of their true class,
// corrupted ones larger and red.
type glyphs struct {
	group
	paint paint
}

func (g glyphs) Plot(c draw.Canvas, p *plot.Plot) {
	clr, size := g.paint.alpha(0.8), vg.Length(6)
	if g.corrupted {
		clr, size = corrupt.alpha(0.9), 7
	}
	x, y := p.Transforms(&c)
	points := make([]vg.Point, len(g.xys))
	for i, xy := range g.xys {
		points[i] = vg.Point{X: x(xy.X), Y: y(xy.Y)}
	}
	drawGlyphs(c, classGlyph(g.class), clr, size, points...)
}

// circle draws a class's centroid and its dispersion: a circle, or a bar where
// there is a single feature.
type circle struct {
	centre
	paint paint
	bar   bool
}

func centroidStyle(p paint) draw.GlyphStyle {
	return draw.GlyphStyle{Color: p.color(), Radius: 4, Shape: centroidGlyph{}}
}

func circleStyle(p paint) draw.LineStyle {
	return draw.LineStyle{Color: p.color(), Width: 1.25, Dashes: []vg.Length{3, 2}}
}

func (o circle) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := vg.Point{X: x(o.xy.X), Y: y(o.xy.Y)}
	if o.bar {
		c.StrokeLine2(circleStyle(ink), x(o.xy.X-o.radius), at.Y, x(o.xy.X+o.radius), at.Y)
	} else {
		// A polygon in data units: where the axes' units differ it is an ellipse.
		const corners = 90
		ring := make([]vg.Point, corners+1)
		for i := range ring {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
			ring[i] = vg.Point{X: x(o.xy.X + o.radius*cos), Y: y(o.xy.Y + o.radius*sin)}
		}
		c.StrokeLines(circleStyle(ink), ring)
	}
	c.DrawGlyph(centroidStyle(ink), at)
}

// centroidGlyph is a cross on a disc of the background, to stand out.
type centroidGlyph struct{}

func (centroidGlyph) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	disc := vg.Path{}
	disc.Move(vg.Point{X: at.X + sty.Radius, Y: at.Y})
	disc.Arc(at, sty.Radius, 0, 2*math.Pi)
	disc.Close()
	c.SetColor(paper.color())
	c.Fill(disc)
	line := draw.LineStyle{Color: sty.Color, Width: 1.25}
	c.SetLineStyle(line)
	c.Stroke(disc)
	arm := sty.Radius * 0.55
	c.StrokeLine2(line, at.X-arm, at.Y, at.X+arm, at.Y)
	c.StrokeLine2(line, at.X, at.Y-arm, at.X, at.Y+arm)
}

var lineStyle = draw.LineStyle{Color: ink.color(), Width: 1.25}

// Plot draws the part of the line within the axes.
func (l boundary) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var ends plotter.XYs
	if math.Abs(l.b)*(p.Y.Max-p.Y.Min) > math.Abs(l.a)*(p.X.Max-p.X.Min) {
		for _, at := range []float64{p.X.Min, p.X.Max} {
			ends = append(ends, plotter.XY{X: at, Y: -(l.a*at + l.c) / l.b})
		}
	} else {
		for _, at := range []float64{p.Y.Min, p.Y.Max} {
			ends = append(ends, plotter.XY{X: -(l.b*at + l.c) / l.a, Y: at})
		}
	}
	line := make([]vg.Point, len(ends))
	for i, e := range ends {
		line[i] = vg.Point{X: x(e.X), Y: y(e.Y)}
	}
	c.StrokeLines(lineStyle, c.ClipLinesXY(line)...)
}
