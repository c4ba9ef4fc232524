package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sans returns the font of all figures. Its one weight is regular: vgpdf
// cannot write a bold one.
func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// label returns the style of text in a figure.
func label(p paint, size vg.Length) text.Style {
	return text.Style{Color: p.color(), Font: sans(size), Handler: plot.DefaultTextHandler}
}

// newPlot returns an empty plot with the axes' labels in the figures' style.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []struct {
		*plot.Axis
		text string
	}{{&p.X, x}, {&p.Y, wrapped(y)}} {
		axis.Label.Text = axis.text
		axis.Label.Padding = 3
		style(&axis.Label.TextStyle, ink, 11)
		style(&axis.Tick.Label, muted, 10)
		axis.LineStyle = draw.LineStyle{Color: rule.color(), Width: 0.75}
		axis.Tick.LineStyle = axis.LineStyle
		axis.Tick.Length = 4
		axis.Tick.Marker = plot.TickerFunc(linearTicks)
	}
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal = draw.LineStyle{Color: rule.color(), Width: 0.5}
	p.Add(grid)
	return p
}

// wrapped breaks the label of an upright axis into two lines where it is longer
// than the lowest figures are high.
func wrapped(text string) string {
	const room = 30 // characters
	if utf8.RuneCountInString(text) <= room {
		return text
	}
	at, middle := -1, len(text)/2
	for i, c := range text {
		if c == ' ' && (at < 0 || max(i-middle, middle-i) < max(at-middle, middle-at)) {
			at = i
		}
	}
	if at < 0 {
		return text
	}
	return text[:at] + "\n" + text[at+1:]
}

// style sets font and colour and keeps the alignment.
func style(s *text.Style, p paint, size vg.Length) {
	s.Color, s.Font = p.color(), sans(size)
}

// setRange sets an axis to the range of the finite values, with a little room
// to both sides. No value or a single one gets a range around it.
func setRange(axis *plot.Axis, values []float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	switch {
	case lo > hi:
		axis.Min, axis.Max = 0, 1
	case hi-lo <= 1e-9*math.Max(math.Abs(lo), math.Abs(hi)):
		room := math.Max(0.1*math.Abs(lo), 1e-3)
		axis.Min, axis.Max = lo-room, hi+room
	default:
		axis.Min, axis.Max = lo-0.03*(hi-lo), hi+0.03*(hi-lo)
	}
}

// setLogRange makes an axis logarithmic and sets its range as setRange does.
// The axis' coordinates are exponents: gonum's own logarithmic scale lays out
// the label as if it were linear. It reports whether all values are positive
// and so have a place; if not, the axis is left as it was.
func setLogRange(axis *plot.Axis, values []float64) bool {
	exponents := make([]float64, 0, len(values))
	for _, v := range values {
		if v <= 0 {
			return false
		}
		exponents = append(exponents, math.Log10(v))
	}
	setRange(axis, exponents)
	axis.Tick.Marker = plot.TickerFunc(func(lo, hi float64) []plot.Tick {
		ticks := logTicks(math.Pow(10, lo), math.Pow(10, hi))
		for i := range ticks {
			ticks[i].Value = math.Log10(ticks[i].Value)
		}
		return ticks
	})
	return true
}

// linearTicks returns about five ticks at multiples of 1, 2 or 5 times a power
// of ten.
func linearTicks(lo, hi float64) []plot.Tick {
	step := nearestStep((hi - lo) / 5)
	if step == 0 || math.IsInf(step, 0) || math.IsNaN(step) {
		return nil
	}
	var ticks []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*step && len(ticks) < 20; k++ {
		ticks = append(ticks, tick(k*step, step))
	}
	return ticks
}

// wholeTicks is linearTicks for counts.
func wholeTicks(lo, hi float64) []plot.Tick {
	step := math.Max(1, niceStep((hi-lo)/6))
	var ticks []plot.Tick
	for k := math.Ceil(lo / step); k*step <= hi; k++ {
		ticks = append(ticks, tick(k*step, step))
	}
	return ticks
}

// nearestStep rounds to 1, 2 or 5 times a power of ten, whichever is nearest by
// ratio.
func nearestStep(raw float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	steps := []float64{1, 2, 5, 10}
	for i, m := range steps[1:] {
		if raw*raw < steps[i]*m*power*power {
			return steps[i] * power
		}
	}
	return 10 * power
}

// niceStep rounds up to 1, 2 or 5 times a power of ten.
func niceStep(raw float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if raw <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// tick labels a value with the digits its step needs.
func tick(value, step float64) plot.Tick {
	if math.Abs(value) < step/2 {
		value = 0
	}
	digits := int(math.Ceil(-math.Log10(step) - 1e-9))
	switch {
	case digits > 4 && value == 0:
		return plot.Tick{Value: 0, Label: "0"}
	case digits > 4, math.Abs(value) >= 1e6:
		return plot.Tick{Value: value, Label: scientific(value, 3)}
	}
	s := strconv.FormatFloat(value, 'f', max(digits, 0), 64)
	return plot.Tick{Value: value, Label: minus(s)}
}

// logTicks labels the decades, and 2 and 5 between them where few decades are
// in range, or every second, third, … where many are.
func logTicks(lo, hi float64) []plot.Tick {
	first, last := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	decades := math.Log10(hi / lo)
	mantissas := []float64{1}
	switch {
	case decades < 0.3:
		return linearTicks(lo, hi)
	case decades < 1:
		mantissas = []float64{1, 2, 3, 5, 7}
	case decades < 3:
		mantissas = []float64{1, 2, 5}
	}
	every := max(1, int(decades/6+0.5))
	var ticks []plot.Tick
	for e := first; e <= last; e += every {
		for _, m := range mantissas {
			if v := m * math.Pow(10, float64(e)); v >= lo && v <= hi {
				ticks = append(ticks, plot.Tick{Value: v, Label: short(v)})
			}
		}
	}
	return ticks
}

// short formats a number with at most four significant digits.
func short(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-3 || a >= 1e5) {
		return scientific(v, 4)
	}
	if math.Abs(v) >= 9999.5 { // has five digits once rounded
		return minus(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return minus(strconv.FormatFloat(v, 'g', 4, 64))
}

// aligned formats v like short, but keeps trailing zeros: numbers below each
// other have their digits below each other.
func aligned(v float64) string {
	if a := math.Abs(v); a < 1e-3 || a >= 9999.5 || !finite(a) {
		return short(v)
	}
	return minus(strings.TrimSuffix(fmt.Sprintf("%#.4g", v), "."))
}

// scientific formats v as 1.5e−9 with at most the given significant digits.
func scientific(v float64, digits int) string {
	mantissa, exponent, found := strings.Cut(strconv.FormatFloat(v, 'e', digits-1, 64), "e")
	if !found {
		return mantissa // infinite or NaN
	}
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimSuffix(strings.TrimRight(mantissa, "0"), ".")
	}
	n, _ := strconv.Atoi(exponent)
	return minus(mantissa) + "e" + minus(strconv.Itoa(n))
}

// minus sets the sign of a number in its typographic form.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }
