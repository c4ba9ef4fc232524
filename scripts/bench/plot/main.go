// Plot draws measured points on logarithmic axes, a panel a series, each with
// the line that fits it. It reads JSON from standard input and writes SVG to
// standard output.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// figure is what is drawn: panels side by side that share the name of their y
// axis.
type figure struct {
	Y      string  `json:"y"`
	Panels []panel `json:"panels"`
}

// panel is one series: y ≈ exp(Intercept)·x^Exponent.
type panel struct {
	X                   string      `json:"x"`
	Points              plotter.XYs `json:"points"`
	Exponent, Intercept float64
}

const (
	panelWidth = 6 * vg.Centimeter
	height     = 6.5 * vg.Centimeter
)

func main() {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "plot: %v\n", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var f figure
	if err := json.NewDecoder(in).Decode(&f); err != nil {
		return fmt.Errorf("reading the figure: %w", err)
	}
	if len(f.Panels) == 0 {
		return errors.New("the figure has no panels")
	}
	row := make([]*plot.Plot, len(f.Panels))
	for i, p := range f.Panels {
		var err error
		if row[i], err = p.plot(); err != nil {
			return fmt.Errorf("panel %s: %w", p.X, err)
		}
	}
	row[0].Y.Label.Text = f.Y
	share(row)
	canvas := vgsvg.New(panelWidth*vg.Length(len(row)), height)
	dc := draw.New(canvas)
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	tiles := draw.Tiles{Rows: 1, Cols: len(row), PadX: vg.Millimeter, PadTop: vg.Millimeter, PadRight: 2 * vg.Millimeter}
	for i, c := range plot.Align([][]*plot.Plot{row}, tiles, dc)[0] {
		row[i].Draw(c)
	}
	_, err := canvas.WriteTo(out)
	return err
}

// share gives all charts the same range of y, whole powers of ten.
func share(row []*plot.Plot) {
	lowest, highest := math.Inf(1), 0.0
	for _, chart := range row {
		lowest, highest = min(lowest, chart.Y.Min), max(highest, chart.Y.Max)
	}
	for _, chart := range row {
		chart.Y.Min, chart.Y.Max = math.Pow(10, math.Floor(math.Log10(lowest))), math.Pow(10, math.Ceil(math.Log10(highest)))
	}
}

// short is a number of few characters: 512, 4k.
func short(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.2gk", v/1000)
	}
	return fmt.Sprintf("%g", v)
}

// plot draws the panel.
func (p panel) plot() (*plot.Plot, error) {
	if len(p.Points) < 2 {
		return nil, fmt.Errorf("%d points make no line", len(p.Points))
	}
	for _, q := range p.Points {
		if !(q.X > 0 && q.Y > 0) {
			return nil, fmt.Errorf("point (%g, %g) is not on logarithmic axes", q.X, q.Y)
		}
	}
	chart := plot.New()
	chart.Title.Text = fmt.Sprintf("exponent %.2f", p.Exponent)
	chart.X.Label.Text = p.X
	chart.X.Scale, chart.Y.Scale = plot.LogScale{}, plot.LogScale{}
	chart.Y.Tick.Marker = plot.LogTicks{Prec: -1}
	ticks := make(plot.ConstantTicks, len(p.Points))
	for i, q := range p.Points {
		ticks[i] = plot.Tick{Value: q.X, Label: short(q.X)}
	}
	chart.X.Tick.Marker = ticks
	points, err := plotter.NewScatter(p.Points)
	if err != nil {
		return nil, err
	}
	points.Shape, points.Color = draw.CircleGlyph{}, color.RGBA{R: 0x1b, G: 0x6c, B: 0xa8, A: 0xff}
	fit, err := plotter.NewLine(plotter.XYs{p.Points[0], p.Points[len(p.Points)-1]})
	if err != nil {
		return nil, err
	}
	for i, end := range fit.XYs {
		fit.XYs[i].Y = math.Exp(p.Intercept) * math.Pow(end.X, p.Exponent)
	}
	fit.Color = color.Gray{Y: 0x80}
	chart.Add(plotter.NewGrid(), fit, points)
	return chart, nil
}
