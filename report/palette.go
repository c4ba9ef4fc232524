package report

import (
	"fmt"
	"image/color"
	"strings"
)

// paint is a colour by its purpose. Files are drawn in the light shade; in the
// page the style sheet maps the role to the shade of the reader's scheme.
type paint struct {
	role        string
	light, dark string // #rrggbb
}

// The colours of page and figures, after Okabe and Ito (2008), darkened to a
// contrast of 4.5 on white. The first three series are told apart by people with
// any of the three colour-vision deficiencies; further ones come near to these,
// so that no colour of a series carries a meaning alone: classes also have their
// glyph, runs their marker, splits their dashes. The red that marks corruption
// does, and keeps clear of the colours of classes.
var (
	paper   = paint{"paper", "#ffffff", "#161b22"}
	ink     = paint{"ink", "#1f2328", "#e6edf3"}
	muted   = paint{"muted", "#59636e", "#9aa6b2"}
	rule    = paint{"rule", "#d8dee4", "#30363d"}
	corrupt = paint{"corrupt", "#c8102e", "#ff6a60"}
	palette = []paint{
		{"s0", "#0060a8", "#79b8ff"},
		{"s1", "#a35200", "#f0a85a"},
		{"s2", "#007a5a", "#4fd1a5"},
		{"s3", "#7b3fb5", "#c9a5ff"},
		{"s4", "#5c6b00", "#c3cf4a"},
		{"s5", "#1a7f8e", "#62d2e0"},
	}
)

// seriesPaint returns the colour of the i-th series; they repeat.
func seriesPaint(i int) paint { return palette[i%len(palette)] }

// classPaint returns the colour of a class, the same in every figure: blue, teal
// or purple. Beside the others red does not stand out for everybody.
func classPaint(class int) paint {
	paints := []paint{palette[0], palette[5], palette[3]}
	n := len(paints)
	return paints[(class%n+n)%n]
}

// paints returns all colours.
func paints() []paint { return append([]paint{paper, ink, muted, rule, corrupt}, palette...) }

// withAlpha returns a colour with an opacity in [0, 1].
func withAlpha(c color.Color, opacity float64) color.NRGBA {
	out := color.NRGBAModel.Convert(c).(color.NRGBA)
	out.A = uint8(opacity*255 + 0.5)
	return out
}

// color returns the light shade, in which figures are drawn.
func (p paint) color() color.NRGBA { return p.alpha(1) }

// alpha returns the light shade with an opacity in [0, 1].
func (p paint) alpha(opacity float64) color.NRGBA {
	c := color.NRGBA{A: uint8(opacity*255 + 0.5)}
	if _, err := fmt.Sscanf(p.light, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
		panic("report: bad colour " + p.light)
	}
	return c
}

// roleOf returns the role a drawn colour has, "" for a colour of no role.
func roleOf(c color.NRGBA) string { return roles[[3]uint8{c.R, c.G, c.B}] }

var roles = func() map[[3]uint8]string {
	m := make(map[[3]uint8]string)
	for _, p := range paints() {
		c := p.color()
		m[[3]uint8{c.R, c.G, c.B}] = p.role
	}
	return m
}()

// paletteCSS returns the colours as custom properties for both schemes and the
// classes f-ROLE and k-ROLE by which figures take fill and stroke from them.
// Print is always light.
func paletteCSS() string {
	var light, dark, classes strings.Builder
	for _, p := range paints() {
		fmt.Fprintf(&light, "--%s:%s;", p.role, p.light)
		fmt.Fprintf(&dark, "--%s:%s;", p.role, p.dark)
		fmt.Fprintf(&classes, ".f-%[1]s{fill:var(--%[1]s)}.k-%[1]s{stroke:var(--%[1]s)}.b-%[1]s{background:var(--%[1]s)}\n", p.role)
	}
	return fmt.Sprintf(":root{%s}\n@media screen and (prefers-color-scheme:dark){:root{%s}}\n%s",
		light.String(), dark.String(), classes.String())
}
