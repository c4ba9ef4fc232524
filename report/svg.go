package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// svgCanvas is a [vg.Canvas] that writes SVG for pages. Unlike gonum's vgsvg
// it keeps text as text in a font that falls back to metrically equal ones,
// names every colour's role in a class so that a style sheet can change it,
// carries a text alternative, and writes a run of single glyphs of one colour
// as one element, which makes scatter figures twenty times smaller.
type svgCanvas struct {
	width, height vg.Length
	body          bytes.Buffer
	state         svgState
	stack         []svgState
	glyphs        glyphRun
}

// svgState is what Push saves.
type svgState struct {
	color  color.NRGBA
	width  vg.Length
	dashes []vg.Length
	offset vg.Length
	at     affine
}

// glyphRun collects consecutive one-rune strings of one colour and font.
type glyphRun struct {
	color  color.NRGBA
	font   font.Font
	xs, ys []string
	text   strings.Builder
}

var _ vg.CanvasSizer = (*svgCanvas)(nil)

func newSVGCanvas(w, h vg.Length) *svgCanvas {
	c := &svgCanvas{width: w, height: h, state: svgState{at: identity}}
	vg.Initialize(c)
	return c
}

// document returns the finished SVG element. id makes the ids of its title and
// description unique in a page.
func (c *svgCanvas) document(id, title, description string) []byte {
	c.flush()
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%[1]spt" height="%[2]spt" role="img" aria-labelledby="%[3]s-t %[3]s-d" `,
		coord(c.width), coord(c.height), id)
	fmt.Fprintf(&out, "font-family=\"'Liberation Sans', Arial, Helvetica, sans-serif\">\n")
	fmt.Fprintf(&out, "<title id=\"%s-t\">%s</title>\n<desc id=\"%[1]s-d\">%[3]s</desc>\n", id, escapeXML(title), escapeXML(description))
	out.Write(c.body.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func (c *svgCanvas) Size() (w, h vg.Length) { return c.width, c.height }

func (c *svgCanvas) SetLineWidth(w vg.Length) { c.state.width = w }

func (c *svgCanvas) SetLineDash(dashes []vg.Length, offset vg.Length) {
	c.state.dashes, c.state.offset = dashes, offset
}

func (c *svgCanvas) SetColor(clr color.Color) {
	if clr == nil {
		clr = color.Black
	}
	c.state.color = color.NRGBAModel.Convert(clr).(color.NRGBA)
}

func (c *svgCanvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	c.state.at = c.state.at.then(affine{cos, sin, -sin, cos, 0, 0})
}

func (c *svgCanvas) Translate(p vg.Point) {
	c.state.at = c.state.at.then(affine{1, 0, 0, 1, float64(p.X), float64(p.Y)})
}

func (c *svgCanvas) Scale(x, y float64) {
	c.state.at = c.state.at.then(affine{x, 0, 0, y, 0, 0})
}

func (c *svgCanvas) Push() { c.stack = append(c.stack, c.state) }

func (c *svgCanvas) Pop() {
	c.state = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
}

func (c *svgCanvas) Stroke(path vg.Path) {
	if c.state.width <= 0 {
		return
	}
	c.flush()
	fmt.Fprintf(&c.body, `<path d="%s" fill="none" %s stroke-width="%s"`,
		c.pathData(path), paintAttrs("stroke", "k", c.state.color), coord(c.state.width))
	if len(c.state.dashes) > 0 {
		dashes := make([]string, len(c.state.dashes))
		for i, d := range c.state.dashes {
			dashes[i] = coord(d)
		}
		fmt.Fprintf(&c.body, ` stroke-dasharray="%s" stroke-dashoffset="%s"`, strings.Join(dashes, " "), coord(c.state.offset))
	}
	c.body.WriteString("/>\n")
}

func (c *svgCanvas) Fill(path vg.Path) {
	c.flush()
	fmt.Fprintf(&c.body, "<path d=\"%s\" %s/>\n", c.pathData(path), paintAttrs("fill", "f", c.state.color))
}

// FillString draws text. Strings of several runes get the length they were
// laid out with, so that a fallback font cannot push them over their neighbours.
func (c *svgCanvas) FillString(face font.Face, p vg.Point, s string) {
	if face.Font.Size == 0 || s == "" {
		return
	}
	x, y := c.point(p)
	if len([]rune(s)) == 1 {
		c.addGlyph(face, x, y, s)
		return
	}
	c.flush()
	fmt.Fprintf(&c.body, `<text %s textLength="%s" lengthAdjust="spacingAndGlyphs"`,
		textAttrs(c.state.color, face.Font), coord(face.Width(s)))
	if angle := c.state.at.angle(); angle != 0 {
		fmt.Fprintf(&c.body, ` transform="translate(%s %s) rotate(%s)"`, x, y, number(-angle))
	} else {
		fmt.Fprintf(&c.body, ` x="%s" y="%s"`, x, y)
	}
	fmt.Fprintf(&c.body, ">%s</text>\n", escapeXML(s))
}

// DrawImage is not needed by any figure.
func (c *svgCanvas) DrawImage(vg.Rectangle, image.Image) {
	panic("report: figures hold no images")
}

func (c *svgCanvas) addGlyph(face font.Face, x, y, s string) {
	g := &c.glyphs
	if len(g.xs) > 0 && (g.color != c.state.color || g.font != face.Font) {
		c.flush()
	}
	g.color, g.font = c.state.color, face.Font
	g.xs, g.ys = append(g.xs, x), append(g.ys, y)
	g.text.WriteString(s)
}

// flush writes the collected glyphs; anything drawn later lies above them.
func (c *svgCanvas) flush() {
	g := &c.glyphs
	if len(g.xs) == 0 {
		return
	}
	fmt.Fprintf(&c.body, "<text %s x=\"%s\" y=\"%s\">%s</text>\n", textAttrs(g.color, g.font),
		strings.Join(g.xs, " "), strings.Join(g.ys, " "), escapeXML(g.text.String()))
	*g = glyphRun{}
}

// point maps a point of the canvas, whose y axis points up, to the document's.
func (c *svgCanvas) point(p vg.Point) (x, y string) {
	ux, uy := c.state.at.apply(float64(p.X), float64(p.Y))
	return coord(vg.Length(ux)), coord(c.height - vg.Length(uy))
}

func (c *svgCanvas) pathData(path vg.Path) string {
	var d strings.Builder
	put := func(command string, points ...vg.Point) {
		d.WriteString(command)
		for i, p := range points {
			if i > 0 {
				d.WriteByte(' ')
			}
			x, y := c.point(p)
			d.WriteString(x + " " + y)
		}
	}
	for _, comp := range path {
		switch comp.Type {
		case vg.MoveComp:
			put("M", comp.Pos)
		case vg.LineComp:
			put("L", comp.Pos)
		case vg.CurveComp:
			put([]string{"Q", "C"}[len(comp.Control)-1], append(slices.Clip(comp.Control), comp.Pos)...)
		case vg.ArcComp:
			c.arc(&d, comp, put)
		case vg.CloseComp:
			d.WriteByte('Z')
		}
	}
	return d.String()
}

// arc writes an arc as two halves, since SVG has no arc from a point to itself.
func (c *svgCanvas) arc(d *strings.Builder, comp vg.PathComp, put func(string, ...vg.Point)) {
	on := func(angle float64) vg.Point {
		sin, cos := math.Sincos(angle)
		return vg.Point{X: comp.Pos.X + comp.Radius*vg.Length(cos), Y: comp.Pos.Y + comp.Radius*vg.Length(sin)}
	}
	if d.Len() == 0 {
		put("M", on(comp.Start))
	} else {
		put("L", on(comp.Start))
	}
	r, sweep := coord(comp.Radius*vg.Length(c.state.at.scale())), "1"
	if comp.Angle > 0 { // counterclockwise, also after the y axis is flipped
		sweep = "0"
	}
	for _, part := range []float64{0.5, 1} {
		put("A"+r+" "+r+" 0 0 "+sweep+" ", on(comp.Start+part*comp.Angle))
	}
}

// paintAttrs returns the attribute that paints, with its opacity and role.
func paintAttrs(attr, prefix string, c color.NRGBA) string {
	s := fmt.Sprintf(`%s="#%02x%02x%02x"`, attr, c.R, c.G, c.B)
	if c.A != 255 {
		s += fmt.Sprintf(` %s-opacity="%s"`, attr, number(float64(c.A)/255))
	}
	if role := roleOf(c); role != "" {
		s += fmt.Sprintf(` class="%s-%s"`, prefix, role)
	}
	return s
}

func textAttrs(c color.NRGBA, f font.Font) string {
	return paintAttrs("fill", "f", c) + fmt.Sprintf(` font-size="%s"`, coord(f.Size))
}

// coord formats a length in points; a hundredth of a point is below what shows.
func coord(l vg.Length) string { return number(l.Points()) }

func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func escapeXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a bytes.Buffer does not fail
	}
	return b.String()
}
