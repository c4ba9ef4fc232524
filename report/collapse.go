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

// collapseFigure shows the collapse metrics of all runs, train and test, as
// dots on one axis; not ok when there are none.
func collapseFigure(runs []Run, names []string) (figure, bool) {
	p := newPlot("value (0: collapsed)", "")
	d := dumbbells{rows: len(collapseKeys), runs: len(runs)}
	var values []float64
	var alt []string
	var ticks []plot.Tick
	for row, key := range collapseKeys {
		column := columnOf(key)
		ticks = append(ticks, plot.Tick{Value: float64(len(collapseKeys) - 1 - row), Label: column.Head})
		for i := range runs {
			pair := dumbbell{row: row, run: i, values: [2]float64{math.NaN(), math.NaN()}}
			for k, s := range runs[i].splits() {
				if s.result == nil || !column.value(s.result).Defined() {
					continue
				}
				pair.values[k] = float64(column.value(s.result))
				values = append(values, pair.values[k])
				alt = append(alt, fmt.Sprintf("%s, %s%s: %s.", column.Head, prefixed(runLabel(names, i)), s.name, short(pair.values[k])))
			}
			d.pairs = append(d.pairs, pair)
		}
	}
	if len(values) == 0 {
		return figure{}, false
	}
	if d.log = setLogRange(&p.X, values); d.log {
		p.X.Label.Text = "value, logarithmic (further left: more collapsed)"
	} else {
		setRange(&p.X, values)
	}
	p.Y.Min, p.Y.Max = -0.5, float64(len(collapseKeys))-0.5
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Length = 0
	style(&p.Y.Tick.Label, ink, 11)
	p.Add(d)
	return figure{
		name: "collapse", title: "Neural collapse, train and test",
		caption: "The four collapse metrics (and NC1 of the logits) of the training and the test features. The nearer to the left, the more collapsed; the gap between train and test NC1 is what dilation adds.",
		alt:     "Dot chart. " + strings.Join(alt, " "),
		height:  (1.2 + vg.Length(len(collapseKeys))*(0.26+0.14*vg.Length(min(len(runs), 6)))) * vg.Inch,
		plot:    p, legend: d.legend(names),
	}, true
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

// dumbbell is one metric of one run: its value on train and on test.
type dumbbell struct {
	row, run int
	values   [2]float64 // NaN: missing
}

// dumbbells draws pairs of dots joined by lines, the runs of a row below each other.
type dumbbells struct {
	pairs      []dumbbell
	rows, runs int
	log        bool // the x axis' coordinates are exponents of ten
}

// runShapes tell runs apart without colour.
var runShapes = []struct{ filled, hollow draw.GlyphDrawer }{
	{draw.CircleGlyph{}, draw.RingGlyph{}},
	{draw.BoxGlyph{}, draw.SquareGlyph{}},
	{draw.PyramidGlyph{}, draw.TriangleGlyph{}},
}

// dot returns the mark of a run's train (0) or test (1) value.
func dot(run, split int) draw.GlyphStyle {
	shapes := runShapes[run%len(runShapes)]
	s := draw.GlyphStyle{Color: seriesPaint(run).color(), Radius: 3.5, Shape: shapes.filled}
	if split == 1 {
		s.Shape = shapes.hollow
	}
	return s
}

func (d dumbbells) Plot(c draw.Canvas, p *plot.Plot) {
	linear, y := p.Transforms(&c)
	x := func(v float64) vg.Length {
		if d.log {
			v = math.Log10(v)
		}
		return linear(v)
	}
	for _, pair := range d.pairs {
		within := (float64(pair.run)+0.5)/float64(d.runs) - 0.5
		at := y(float64(d.rows-1-pair.row) - 0.7*within)
		if a, b := pair.values[0], pair.values[1]; finite(a) && finite(b) {
			c.StrokeLine2(draw.LineStyle{Color: seriesPaint(pair.run).alpha(0.5), Width: 1.5}, x(a), at, x(b), at)
		}
		for k, v := range pair.values {
			if finite(v) {
				c.DrawGlyph(dot(pair.run, k), vg.Point{X: x(v), Y: at})
			}
		}
	}
}

func (d dumbbells) legend(names []string) []legendEntry {
	var entries []legendEntry
	for i := range names {
		for k, split := range []string{"train", "test"} {
			entries = append(entries, legendEntry{text: prefixed(runLabel(names, i)) + split, mark: dot(i, k)})
		}
	}
	return entries
}
