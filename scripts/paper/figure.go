package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"path/filepath"

	"github.com/google/renameio/v2"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// panel is one chart of a figure.
type panel struct {
	title, x, y string
	series      []series
	rising      bool // from bottom left to top right: the legend stands at the bottom right
}

// series is a mean with its standard deviation at each x. A series with a line
// but without marks is one that was computed, not measured.
type series struct {
	name        string // in the legend; "" for none
	colour      int    // of colours; equal ones belong together
	points      []measured
	line, marks bool
}

// measured is the mean of a quantity over seeds.
type measured struct{ x, mean, deviation float64 }

// colours are those of memdil's reports, told apart by people with any of the
// colour-vision deficiencies (after Okabe and Ito, 2008).
var colours = []color.RGBA{
	{0x00, 0x60, 0xa8, 0xff}, {0xa3, 0x52, 0x00, 0xff}, {0x00, 0x7a, 0x5a, 0xff}, {0x7b, 0x3f, 0xb5, 0xff},
}

var shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.CrossGlyph{}}

const (
	panelWidth  = 6.2 * vg.Centimeter
	panelHeight = 5.6 * vg.Centimeter
)

// writeFigure draws panels as a table of charts into an SVG file of docs/img;
// the legend stands in the first.
func writeFigure(path string, rows [][]panel) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	plots := make([][]*plot.Plot, len(rows))
	for i, row := range rows {
		for j, p := range row {
			chart, err := p.chart(i == 0 && j == 0)
			if err != nil {
				return fmt.Errorf("figure %s, panel %s: %w", filepath.Base(path), p.title, err)
			}
			plots[i] = append(plots[i], chart)
		}
	}
	canvas := vgsvg.New(panelWidth*vg.Length(len(rows[0])), panelHeight*vg.Length(len(rows)))
	dc := draw.New(canvas)
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	tiles := draw.Tiles{Rows: len(rows), Cols: len(rows[0]), PadX: 2 * vg.Millimeter, PadY: 2 * vg.Millimeter, PadTop: vg.Millimeter, PadRight: 2 * vg.Millimeter}
	for i, row := range plot.Align(plots, tiles, dc) {
		for j, c := range row {
			plots[i][j].Draw(c)
		}
	}
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return err
	}
	return renameio.WriteFile(path, out.Bytes(), 0o644)
}

// chart draws a panel.
func (p panel) chart(legend bool) (*plot.Plot, error) {
	chart := plot.New()
	chart.Title.Text, chart.X.Label.Text, chart.Y.Label.Text = p.title, p.x, p.y
	chart.Title.TextStyle.Font.Size, chart.Legend.TextStyle.Font.Size = 10, 9
	for _, axis := range []*plot.Axis{&chart.X, &chart.Y} {
		axis.Label.TextStyle.Font.Size, axis.Tick.Label.Font.Size = 9, 8
	}
	chart.Add(plotter.NewGrid())
	chart.Legend.Top, chart.Legend.Left = !p.rising, !p.rising
	for _, s := range p.series {
		thumbs, err := s.add(chart)
		if err != nil {
			return nil, err
		}
		if legend && s.name != "" && len(thumbs) > 0 {
			chart.Legend.Add(s.name, thumbs...)
		}
	}
	return chart, nil
}

// add draws a series; values that are undefined leave a gap.
func (s series) add(chart *plot.Plot) ([]plot.Thumbnailer, error) {
	var points withErrors
	for _, m := range s.points {
		if !math.IsNaN(m.mean) && !math.IsInf(m.mean, 0) {
			points.XYs = append(points.XYs, plotter.XY{X: m.x, Y: m.mean})
			d := m.deviation
			if math.IsNaN(d) {
				d = 0
			}
			points.YErrors = append(points.YErrors, struct{ Low, High float64 }{d, d})
		}
	}
	if len(points.XYs) == 0 {
		return nil, nil
	}
	var thumbs []plot.Thumbnailer
	if s.line {
		line, err := plotter.NewLine(points.XYs)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = colours[s.colour%len(colours)], vg.Points(1.25)
		chart.Add(line)
		thumbs = append(thumbs, line)
	}
	if s.marks {
		marks, err := plotter.NewScatter(points.XYs)
		if err != nil {
			return nil, err
		}
		bars, err := plotter.NewYErrorBars(points)
		if err != nil {
			return nil, err
		}
		marks.Color, marks.Shape = colours[s.colour%len(colours)], shapes[s.colour%len(shapes)]
		bars.Color = marks.Color
		chart.Add(bars, marks)
		thumbs = append(thumbs, marks)
	}
	return thumbs, nil
}

// withErrors are points with error bars.
type withErrors struct {
	plotter.XYs
	plotter.YErrors
}
