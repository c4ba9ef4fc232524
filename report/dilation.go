package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/metrics/hypothesis"
)

// DilationFigure is the file name, without extension, of the figure of
// memorization and dilation.
const DilationFigure = "memorization-dilation"

// WriteDilation writes the figures of memorization against dilation over many
// runs to dir, which is made if needed: memorization-dilation.svg, .png and
// .pdf, and the same of the scale-free coordinates, memorization-dilation-relative.
// It returns the paths of the SVG files; none where no run has both coordinates.
func WriteDilation(dir string, s *metrics.MDStatistics) ([]string, error) {
	figures := dilationFigures(s)
	if len(figures) == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("report: make folder: %w", err)
	}
	var paths []string
	for i := range figures {
		if err := writeFigure(dir, &figures[i]); err != nil {
			return nil, err
		}
		paths = append(paths, filepath.Join(dir, figures[i].name+".svg"))
	}
	return paths, nil
}

// mdForm is one of the two pairs of coordinates.
type mdForm struct {
	name, title, x, y, caption string
	analysis                   metrics.MDAnalysis
	at                         func(metrics.MDRun) plotter.XY
}

func absolute(r metrics.MDRun) plotter.XY {
	return plotter.XY{X: float64(r.Memorization), Y: float64(r.Dilation)}
}

func relative(r metrics.MDRun) plotter.XY {
	return plotter.XY{X: float64(r.RelativeMemorization), Y: float64(r.RelativeDilation)}
}

// dilationSection has the figures of memorization and dilation and the table
// of the losses at each noise degree.
func dilationSection(s *metrics.MDStatistics) figureSection {
	lead := "A network that memorizes corrupted labels pulls their features away from the class they truly belong to; the test features of the class spread with them."
	if s != nil {
		lead = strings.Join(append([]string{lead}, s.Notes...), " ")
	}
	return figureSection{id: "memorization", title: "Memorization and dilation", lead: lead, figures: dilationFigures(s), noise: noiseTableOf(s)}
}

func dilationFigures(s *metrics.MDStatistics) []figure {
	if s == nil {
		return nil
	}
	var figures []figure
	for _, form := range []mdForm{
		{
			name: DilationFigure, title: "Memorization and dilation",
			x: "memorization (distances per training sample)", y: "dilation (spread of the test features)",
			caption:  "Each mark is a run: how far its corrupted training samples lie from the clean centroid of their true class, the sum of these distances per training sample, and how far its test samples spread around their class means (tr Σ_W).",
			analysis: s.Absolute,
			at:       absolute,
		},
		{
			name: DilationFigure + "-relative", title: "Memorization and dilation, free of scale",
			x: "memorization, relative", y: "dilation, relative",
			caption:  "The same runs with both coordinates in units of how far the class means lie apart, so that losses whose features differ in scale can be compared: memorization over the root of tr Σ_B of the training samples, tr Σ_W over tr Σ_B of the test samples.",
			analysis: s.Relative,
			at:       relative,
		},
	} {
		if f, ok := form.figure(s.Runs); ok {
			figures = append(figures, f)
		}
	}
	return figures
}

// figure draws the runs in one colour and shape a loss and group, with the
// line of each.
func (m mdForm) figure(runs []metrics.MDRun) (figure, bool) {
	p := newPlot(m.x, m.y)
	f := figure{name: m.name, title: m.title, height: 4 * vg.Inch, plot: p}
	var xs, ys []float64
	var alt []string
	for i, loss := range m.drawn() {
		marks := mdMarks{style: dot(i, 0), slope: float64(loss.Slope.Value), intercept: float64(loss.Intercept)}
		for _, r := range runs {
			if at := m.at(r); r.Loss == loss.Loss && r.Group == loss.Group && finite(at.X) && finite(at.Y) {
				marks.at = append(marks.at, at)
				xs, ys = append(xs, at.X), append(ys, at.Y)
			}
		}
		text := fmt.Sprintf("%s (%s)", ellipsis(loss.Name(), maxName), countOf(len(marks.at), "run", "runs"))
		entry := legendEntry{mark: marks.style}
		if finite(marks.slope) {
			text += ": slope " + intervalText(loss.Slope)
			entry.line = marks.line()
		}
		entry.text = text
		f.legend = append(f.legend, entry)
		alt = append(alt, text+".")
		p.Add(marks)
	}
	if len(xs) == 0 {
		return figure{}, false
	}
	setRange(&p.X, xs)
	setRange(&p.Y, ys)
	f.caption = m.captionOf(runs)
	f.alt = "Scatter figure of runs: " + m.x + " and " + m.y + ". " + strings.Join(alt, " ")
	return f, true
}

// lines are the losses and groups that have runs in the figure.
func (m mdForm) lines() []metrics.MDLoss {
	return slices.DeleteFunc(slices.Clone(m.analysis.Losses), func(l metrics.MDLoss) bool { return l.Runs == 0 })
}

// drawn are those of the lines that a figure tells apart.
func (m mdForm) drawn() []metrics.MDLoss {
	lines := m.lines()
	return lines[:min(len(lines), maxSeries)]
}

// captionOf says what lines and intervals are, how well the lines fit, how the
// losses compare, and which runs have no place.
func (m mdForm) captionOf(runs []metrics.MDRun) string {
	caption := m.caption
	if slices.ContainsFunc(m.drawn(), func(l metrics.MDLoss) bool { return l.Slope.Value.Defined() }) {
		caption += " Lines are least-squares fits, one a loss and group of runs; in brackets the 95 % bootstrap interval of the slope."
	}
	placed := 0
	for i, l := range m.lines() {
		placed += l.Runs
		if i < maxSeries && l.SlopeP.Defined() {
			caption += fmt.Sprintf(" %s: n = %d, R² = %s, %s.", l.Name(), l.Runs, short3(l.RSquared), pText(l.SlopeP))
		}
	}
	for i, c := range m.analysis.Contrasts {
		if i < maxSeries && c.Pairs > 0 {
			caption += fmt.Sprintf(" %s against %s at equal conditions (%s): memorization %s, dilation %s.", c.Loss, inGroup(c.Baseline, c.Group),
				countOf(c.Pairs, "pair", "pairs"), signedWithP(c.Memorization), signedWithP(c.Dilation))
		}
	}
	if lines := len(m.lines()); lines > maxSeries {
		caption += fmt.Sprintf(" Of %d losses and groups the first %d are drawn.", lines, maxSeries)
	}
	if left := len(runs) - placed; left > 0 {
		caption += fmt.Sprintf(" Without a place, for want of a value: %s.", countOf(left, "run", "runs"))
	}
	return caption
}

func inGroup(loss, group string) string {
	if group == "" {
		return loss
	}
	return loss + " (" + group + ")"
}

// signedWithP returns a difference with its interval and its p-value.
func signedWithP(d metrics.Difference) string {
	if !d.P.Defined() {
		return signed(d.Interval)
	}
	return signed(d.Interval) + " (" + pText(d.P) + ")"
}

// pText returns "p = 0.012" or "p < 0.0001".
func pText(p metrics.Float) string {
	text := hypothesis.FormatP(float64(p))
	if strings.HasPrefix(text, "<") {
		return "p " + text
	}
	return "p = " + text
}

// intervalText returns a value with its interval, 0.42 [0.3, 0.5].
func intervalText(i metrics.Interval) string {
	if !i.Low.Defined() || !i.High.Defined() {
		return short(float64(i.Value))
	}
	return fmt.Sprintf("%s [%s, %s]", short3(i.Value), short3(i.Low), short3(i.High))
}

// signed is intervalText of a difference.
func signed(i metrics.Interval) string {
	if i.Value > 0 {
		return "+" + intervalText(i)
	}
	return intervalText(i)
}

// signedValue is short3 of a difference.
func signedValue(v metrics.Float) string {
	if v > 0 {
		return "+" + short3(v)
	}
	return short3(v)
}

// short3 formats with three significant digits: an interval has no more.
func short3(v metrics.Float) string { return short(roundTo(float64(v), 3)) }

// mdMarks draws the runs of one loss and the line through them.
type mdMarks struct {
	at               plotter.XYs
	style            draw.GlyphStyle
	slope, intercept float64 // NaN: no line
}

func (m mdMarks) line() draw.LineStyle { return draw.LineStyle{Color: m.style.Color, Width: 1.25} }

// Plot draws the line over the range of the runs' memorization.
func (m mdMarks) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if finite(m.slope) && finite(m.intercept) {
		lo, hi := m.at[0].X, m.at[0].X
		for _, a := range m.at {
			lo, hi = min(lo, a.X), max(hi, a.X)
		}
		ends := []vg.Point{{X: x(lo), Y: y(m.intercept + m.slope*lo)}, {X: x(hi), Y: y(m.intercept + m.slope*hi)}}
		c.StrokeLines(m.line(), c.ClipLinesXY(ends)...)
	}
	style := m.style
	style.Color = withAlpha(style.Color, 0.8)
	for _, a := range m.at {
		c.DrawGlyph(style, vg.Point{X: x(a.X), Y: y(a.Y)})
	}
}
