package report

import (
	"bytes"
	"compress/zlib"
	"io"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// drawText draws s in ten points.
func drawText(c vg.Canvas, x, y vg.Length, s string) {
	c.FillString(plot.DefaultTextHandler.Cache().Lookup(sans(10), 10), vg.Point{X: x, Y: y}, s)
}

func TestSVGCanvas(t *testing.T) {
	c := newSVGCanvas(100, 50)
	c.SetColor(corrupt.color())
	drawText(c, 1, 2, "7")
	drawText(c, 3.5, 4, "7")
	c.SetColor(ink.alpha(0.5))
	drawText(c, 0, 0, "<&>")
	c.Push()
	c.Translate(vg.Point{X: 10, Y: 20})
	c.Rotate(math.Pi / 2)
	drawText(c, 1, 0, "up")
	c.Pop()
	c.SetLineDash([]vg.Length{2, 1}, 0)
	c.Stroke(vg.Path{
		{Type: vg.MoveComp, Pos: vg.Point{X: 10, Y: 5}},
		{Type: vg.ArcComp, Pos: vg.Point{X: 5, Y: 5}, Radius: 5, Angle: 2 * math.Pi},
		{Type: vg.CloseComp},
	})
	got := string(c.document("id", "a < b", "c & d"))
	for _, want := range []string{
		`viewBox="0 0 100 50"`, `aria-labelledby="id-t id-d"`,
		`<title id="id-t">a &lt; b</title>`, `<desc id="id-d">c &amp; d</desc>`,
		`<text fill="#c8102e" class="f-corrupt" font-size="10" x="1 3.5" y="48 46">77</text>`,
		`fill-opacity="0.5" class="f-ink"`, `>&lt;&amp;&gt;</text>`,
		`transform="translate(10 29) rotate(-90)">up</text>`,
		`d="M10 45L10 45A5 5 0 0 0 0 45A5 5 0 0 0 10 45Z"`, `stroke-dasharray="2 1"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

// TestPDFText checks that text within the font's encoding is text, in that
// encoding, and other text is drawn.
func TestPDFText(t *testing.T) {
	content := func(s string) string {
		c := newPDFCanvas(200, 200)
		drawText(c, 10, 10, s)
		data, err := c.document()
		if err != nil {
			t.Fatal(err)
		}
		return firstStream(t, data)
	}
	if got := content("café – 5 %"); !strings.Contains(got, "(caf\xe9 \x96 5 %)Tj") {
		t.Errorf("no text in Windows-1252 in %q", got)
	}
	greek := content("Σ")
	if strings.Contains(greek, "Tj") || strings.Count(greek, " l\n") < 5 {
		t.Errorf("no outline in %q", greek)
	}
}

// firstStream returns the inflated content of a PDF's first page.
func firstStream(t *testing.T, data []byte) string {
	t.Helper()
	_, rest, found := bytes.Cut(data, []byte("stream\n"))
	if !found {
		t.Fatal("no stream")
	}
	r, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestLogAxis checks that a value lies where its logarithm puts it.
func TestLogAxis(t *testing.T) {
	p := newPlot("", "")
	if !setLogRange(&p.X, []float64{0.01, 100}) {
		t.Fatal("positive values have a logarithm")
	}
	if middle := p.X.Norm(math.Log10(1)); !(math.Abs(middle-0.5) <= 1e-12) {
		t.Errorf("1 lies at %v between 0.01 and 100, want 0.5", middle)
	}
	if setLogRange(&p.Y, []float64{1, 0}) {
		t.Error("0 has no place on a logarithmic axis")
	}
}

func TestTicks(t *testing.T) {
	labels := func(ticks []plot.Tick) string {
		var out []string
		for _, tick := range ticks {
			out = append(out, tick.Label)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		ticker func(lo, hi float64) []plot.Tick
		lo, hi float64
		want   string
	}{
		{linearTicks, 0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{linearTicks, -1.2, 3.9, "−1 0 1 2 3"},
		{linearTicks, -5, 5.4, "−4 −2 0 2 4"},
		{linearTicks, 81.3, 99.2, "85 90 95"},
		{linearTicks, 1e-9, 3e-9, "1e−9 1.5e−9 2e−9 2.5e−9 3e−9"},
		{linearTicks, -2e7, 2e7, "−2e7 −1e7 0 1e7 2e7"},
		{linearTicks, math.NaN(), 1, ""},
		{wholeTicks, 0.9, 4.1, "1 2 3 4"},
		{wholeTicks, 1, 200, "50 100 150 200"},
		{logTicks, 0.004, 1.2, "0.005 0.01 0.02 0.05 0.1 0.2 0.5 1"},
		{logTicks, 0.24, 1.03, "0.3 0.5 0.7 1"},
		{logTicks, 1e-12, 1, "1e−12 1e−10 1e−8 1e−6 1e−4 0.01 1"},
	} {
		if got := labels(c.ticker(c.lo, c.hi)); got != c.want {
			t.Errorf("ticks of [%v, %v] are %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}

// TestPaletteContrast holds every colour of text and data to a contrast of
// 4.5 with the background, in both schemes (WCAG 2.2, 1.4.3).
func TestPaletteContrast(t *testing.T) {
	for _, p := range append([]paint{ink, muted, corrupt}, palette...) {
		for _, scheme := range []struct{ name, fore, back string }{{"light", p.light, paper.light}, {"dark", p.dark, paper.dark}} {
			if c := contrast(scheme.fore, scheme.back); c < 4.5 {
				t.Errorf("%s in the %s scheme has contrast %.2f", p.role, scheme.name, c)
			}
		}
	}
}

func contrast(a, b string) float64 {
	luminance := func(hex string) float64 {
		c := paint{light: hex}.color()
		sum := 0.0
		for i, v := range []uint8{c.R, c.G, c.B} {
			sum += []float64{0.2126, 0.7152, 0.0722}[i] * linear(v)
		}
		return sum
	}
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}
