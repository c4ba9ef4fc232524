package report

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legendEntry explains one kind of mark. The legend is a strip above the plot,
// where it hides no data, and breaks into lines like text.
type legendEntry struct {
	text  string
	line  draw.LineStyle  // width 0: none
	mark  draw.GlyphStyle // nil Shape: none
	glyph string          // a letter or digit as mark, "" for none
	paint paint           // of glyph
}

const (
	legendSwatch = 18 * vg.Length(1)
	legendGap    = 4 * vg.Length(1)
	legendSpace  = 14 * vg.Length(1)
	legendLine   = 14 * vg.Length(1)
)

// place is an entry's position: its left edge and its line, from the top.
type place struct {
	x    vg.Length
	line int
}

// placeLegend breaks the entries into lines of the canvas's width.
func placeLegend(c draw.Canvas, entries []legendEntry) (places []place, lines int) {
	x := vg.Length(0)
	for _, e := range entries {
		width := legendSwatch + legendGap + label(ink, 10).Width(e.text)
		if x > 0 && x+width > c.Size().X {
			x, lines = 0, lines+1
		}
		places = append(places, place{x, lines})
		x += width + legendSpace
	}
	return places, lines + 1
}

// legendHeight returns the height the entries need.
func legendHeight(c draw.Canvas, entries []legendEntry) vg.Length {
	if len(entries) == 0 {
		return 0
	}
	_, lines := placeLegend(c, entries)
	return vg.Length(lines) * legendLine
}

// drawLegend draws the entries at the top of c and returns their height.
func drawLegend(c draw.Canvas, entries []legendEntry) vg.Length {
	places, _ := placeLegend(c, entries)
	for i, e := range entries {
		x := c.Min.X + places[i].x
		y := c.Max.Y - legendLine*(vg.Length(places[i].line)+0.5)
		if e.line.Width > 0 {
			c.StrokeLine2(e.line, x, y, x+legendSwatch, y)
		}
		middle := vg.Point{X: x + legendSwatch/2, Y: y}
		if e.mark.Shape != nil {
			c.DrawGlyph(e.mark, middle)
		}
		if e.glyph != "" {
			drawGlyphs(c, e.glyph, e.paint.color(), 10, middle)
		}
		sty := label(ink, 10)
		sty.YAlign = draw.YCenter
		c.FillText(sty, vg.Point{X: x + legendSwatch + legendGap, Y: y}, e.text)
	}
	return legendHeight(c, entries)
}

// ellipsis shortens text that would not fit a legend.
func ellipsis(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	keep := int(math.Ceil(float64(runes-1) / 2))
	return string(r[:keep]) + "…" + string(r[len(r)-(runes-1-keep):])
}
