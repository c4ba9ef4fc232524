package report

import (
	"bytes"
	"fmt"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// pngDPI gives a figure 1,500 pixels of width.
const pngDPI = 300

// figureWidth suits a paper's column and a phone's screen, so that the text,
// whose size is fixed, is legible on both.
const figureWidth = 5 * vg.Inch

// margin keeps drawings off the edge.
const margin = 6 * vg.Length(1)

// figure is one plot with the words that go with it.
type figure struct {
	name    string // of its files and its place in the page
	title   string
	caption string    // a sentence that says what is shown
	alt     string    // what a reader would see, in words
	height  vg.Length // with a legend of few lines; see full
	plot    *plot.Plot
	legend  []legendEntry
}

// full is the figure's height: lines of the legend beyond the usual ones come to
// it, so that the plot keeps its room.
func (f *figure) full() vg.Length {
	const usual = 2
	strip := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: figureWidth - 2*margin}}}
	return f.height + max(0, legendHeight(strip, f.legend)-usual*legendLine)
}

// draw draws legend and plot on a canvas of the figure's size.
func (f *figure) draw(c vg.CanvasSizer) {
	da := draw.New(c)
	da.SetColor(paper.color())
	da.Fill(da.Rectangle.Path())
	da = draw.Crop(da, margin, -margin, margin, -margin)
	if h := drawLegend(da, f.legend); h > 0 {
		da = draw.Crop(da, 0, 0, 0, -h-margin)
	}
	f.plot.Draw(da)
}

// plotArea is where the figure's data are drawn, for layouts that depend on
// the shape of the area.
func (f *figure) plotArea() vg.Point {
	da := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: figureWidth, Y: f.full()}}}
	da = draw.Crop(da, margin, -margin, margin, -margin)
	if h := legendHeight(da, f.legend); h > 0 {
		da = draw.Crop(da, 0, 0, 0, -h-margin)
	}
	return f.plot.DataCanvas(da).Size()
}

// svg returns the figure as an SVG element.
func (f *figure) svg() []byte {
	c := newSVGCanvas(figureWidth, f.full())
	f.draw(c)
	return c.document(f.name, f.title, f.alt)
}

// pdf returns the figure as a PDF file. The library writes fonts to the system's
// temporary folder and panics when it cannot.
func (f *figure) pdf() (data []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("draw %s as PDF: %v: is there room in %s?", f.name, r, os.TempDir())
		}
	}()
	c := newPDFCanvas(figureWidth, f.full())
	f.draw(c)
	return c.document()
}

func (f *figure) png() ([]byte, error) {
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(figureWidth, f.full()), vgimg.UseDPI(pngDPI))}
	f.draw(c)
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write PNG: %w", err)
	}
	return out.Bytes(), nil
}
