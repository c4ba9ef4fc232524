package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// collapseKeys are the metrics of the figure, from top to bottom.
var collapseKeys = []string{"nc1", "nc1_logits", "nc2_etf", "nc3_wh", "nc4_bias_plus"}

// collapseFigure shows the collapse metrics of all series, train and test, as
// dots on one axis; not ok when there are none.
func collapseFigure(c *comparison) (figure, bool) {
	d, values, alt := collapseDots(c)
	if len(values) == 0 {
		return figure{}, false
	}
	p := newPlot("value (0: collapsed)", "")
	if d.log = setLogRange(&p.X, values); d.log {
		p.X.Label.Text = "value, logarithmic (further left: more collapsed)"
	} else {
		setRange(&p.X, values)
	}
	var ticks []plot.Tick
	for row, key := range collapseKeys {
		ticks = append(ticks, plot.Tick{Value: float64(d.rows - 1 - row), Label: columnOf(key).Head})
	}
	p.Y.Min, p.Y.Max = -0.5, float64(d.rows)-0.5
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Length = 0
	style(&p.Y.Tick.Label, ink, 11)
	p.Add(d)
	caption := "The four collapse metrics (and NC1 of the logits) of the training and the test features. The nearer to the left, the more collapsed; the gap between train and test NC1 is what dilation adds."
	if c.grouped() {
		caption += " Marks are means over the runs of a group, bars the standard deviation to both sides."
	}
	return figure{
		name: "collapse", title: "Neural collapse, train and test",
		caption: caption + c.omitted(),
		alt:     "Dot chart. " + strings.Join(alt, " "),
		height:  (1.2 + vg.Length(d.rows)*(0.26+0.14*vg.Length(d.series))) * vg.Inch,
		plot:    p, legend: d.legend(c),
	}, true
}

// collapseDots returns the dots of the collapse metrics, the values that the
// axis has to reach, error bars included, and the dots in words.
func collapseDots(c *comparison) (d dumbbells, values []float64, alt []string) {
	shown := c.drawn()
	d = dumbbells{rows: len(collapseKeys), series: len(shown)}
	for row, key := range collapseKeys {
		column := columnOf(key)
		for i, s := range shown {
			pair := dumbbell{row: row, series: i, values: [2]float64{math.NaN(), math.NaN()}}
			for k, split := range splitNames {
				defined := column.valuesOf(c, s, split)
				if len(defined) == 0 {
					continue
				}
				pair.values[k], pair.spread[k] = meanStd(defined)
				values = append(values, pair.values[k], pair.values[k]+pair.spread[k])
				if below := pair.values[k] - pair.spread[k]; below > 0 {
					values = append(values, below)
				}
				alt = append(alt, fmt.Sprintf("%s, %s%s: %s.", column.Head, prefixed(c.seriesLabel(i)), split, short(pair.values[k])))
			}
			d.pairs = append(d.pairs, pair)
		}
	}
	return d, values, alt
}

func columnOf(key string) quantityColumn {
	for _, c := range resultColumns {
		if c.key == key {
			return c
		}
	}
	panic("report: no column " + key)
}

func prefixed(name string) string {
	if name == "" {
		return ""
	}
	return name + " "
}

// dumbbell is one metric of one series: its value on train and on test.
type dumbbell struct {
	row, series int
	values      [2]float64 // NaN: missing
	spread      [2]float64 // standard deviation over the runs of a group
}

// dumbbells draws pairs of dots joined by lines, the series of a row below each other.
type dumbbells struct {
	pairs        []dumbbell
	rows, series int
	log          bool // the x axis' coordinates are exponents of ten
}

// seriesShapes tell series apart without colour.
var seriesShapes = []struct{ filled, hollow draw.GlyphDrawer }{
	{draw.CircleGlyph{}, draw.RingGlyph{}},
	{draw.BoxGlyph{}, draw.SquareGlyph{}},
	{draw.PyramidGlyph{}, draw.TriangleGlyph{}},
}

// dot returns the mark of a series' train (0) or test (1) value. When colours
// repeat, shapes do not.
func dot(series, split int) draw.GlyphStyle {
	shapes := seriesShapes[(series+series/len(palette))%len(seriesShapes)]
	s := draw.GlyphStyle{Color: seriesPaint(series).color(), Radius: 3.5, Shape: shapes.filled}
	if split == 1 {
		s.Shape = shapes.hollow
	}
	return s
}

func (d dumbbells) Plot(c draw.Canvas, p *plot.Plot) {
	linear, y := p.Transforms(&c)
	x := func(v float64) vg.Length {
		if d.log {
			v = math.Log10(max(v, math.Pow(10, p.X.Min)))
		}
		return linear(min(max(v, p.X.Min), p.X.Max))
	}
	for _, pair := range d.pairs {
		within := (float64(pair.series)+0.5)/float64(d.series) - 0.5
		at := y(float64(d.rows-1-pair.row) - 0.7*within)
		if a, b := pair.values[0], pair.values[1]; finite(a) && finite(b) {
			c.StrokeLine2(draw.LineStyle{Color: seriesPaint(pair.series).alpha(0.35), Width: 1.5}, x(a), at, x(b), at)
		}
		for k, v := range pair.values {
			if !finite(v) {
				continue
			}
			if s := pair.spread[k]; s > 0 {
				whisker(c, draw.LineStyle{Color: seriesPaint(pair.series).color(), Width: 1}, x(v-s), x(v+s), at)
			}
			c.DrawGlyph(dot(pair.series, k), vg.Point{X: x(v), Y: at})
		}
	}
}

// whisker draws a level error bar.
func whisker(c draw.Canvas, style draw.LineStyle, from, to, y vg.Length) {
	const tip = 2 * vg.Length(1)
	c.StrokeLine2(style, from, y, to, y)
	c.StrokeLine2(style, from, y-tip, from, y+tip)
	c.StrokeLine2(style, to, y-tip, to, y+tip)
}

func (d dumbbells) legend(c *comparison) []legendEntry {
	var entries []legendEntry
	for i := range c.drawn() {
		for k, split := range splitNames {
			entries = append(entries, legendEntry{text: prefixed(c.seriesLabel(i)) + split, mark: dot(i, k)})
		}
	}
	return entries
}
