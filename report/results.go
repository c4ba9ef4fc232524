package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/memdil/memdil/metrics"
)

// quantityColumn is a column of the result table.
type quantityColumn struct {
	key     string // in metrics.json, and of Result.Notes
	Head    string
	Title   string // what it is, for readers who point at it
	only    string // the split it is of, "" for both
	why     string // why it is missing from the other split
	decimal int    // fixed decimals; 0: four significant digits
	value   func(*metrics.Result) metrics.Float
}

// resultColumns are the columns of the result table. Those of a group come
// last: the script takes headings to be in the order of their columns.
var resultColumns = []quantityColumn{
	{key: "accuracy_top1", Head: "Accuracy (%)", Title: "share of samples whose label, possibly corrupted, has the largest logit", decimal: 2,
		value: func(r *metrics.Result) metrics.Float { return r.AccuracyTop1 }},
	{key: "nc1", Head: "NC1", Title: "within-class variability collapse",
		value: func(r *metrics.Result) metrics.Float { return r.NC1 }},
	{key: "nc1_logits", Head: "NC1 of logits", Title: "within-class variability collapse of the logits",
		value: func(r *metrics.Result) metrics.Float { return r.NC1Logits }},
	{key: "nc2_etf", Head: "NC2", Title: "distance of the classifier from a simplex equiangular tight frame",
		value: func(r *metrics.Result) metrics.Float { return r.NC2ETF }},
	{key: "nc3_wh", Head: "NC3", Title: "distance from self-duality of classifier and class means",
		value: func(r *metrics.Result) metrics.Float { return r.NC3WH }},
	{key: "nc4_bias_plus", Head: "NC4", Title: "norm of W μ_G + b, bias collapse",
		value: func(r *metrics.Result) metrics.Float { return r.NC4BiasPlus }},
	{key: "trace_sigma_w", Head: "tr Σ_W", Title: "trace of the within-class covariance of the features",
		value: func(r *metrics.Result) metrics.Float { return r.TraceSigmaW }},
	{key: "trace_sigma_b", Head: "tr Σ_B", Title: "trace of the between-class covariance of the features",
		value: func(r *metrics.Result) metrics.Float { return r.TraceSigmaB }},
	{key: "ece", Head: "ECE", Title: "expected calibration error, a fraction",
		value: func(r *metrics.Result) metrics.Float { return r.ECE }},
	{key: "trace_sigma_w", Head: "Dilation", Title: "tr Σ_W of the test features",
		only: "test", why: "measured on the test features",
		value: func(r *metrics.Result) metrics.Float { return metrics.Float(metrics.Dilation(r)) }},
	{key: "memorization.mean", Head: "Memorization, mean", Title: "mean distance of corrupted samples to the clean centroid of their true class",
		only: "train", why: "measured on the training samples, where labels are corrupted",
		value: func(r *metrics.Result) metrics.Float { return r.Memorization.Mean }},
	{key: "memorization.sum", Head: "Memorization, sum", Title: "the same distances summed",
		only: "train", why: "measured on the training samples, where labels are corrupted",
		value: func(r *metrics.Result) metrics.Float { return r.Memorization.Sum }},
}

// metricName returns the heading of the metric with a key, or the words for a
// further measure.
func metricName(key string) string {
	for _, c := range resultColumns {
		if c.key == key {
			return c.Head
		}
	}
	return measureName(key)
}

// Group returns what columns side by side have in common, "Memorization" of
// "Memorization, mean", or "".
func (c quantityColumn) Group() string {
	group, _, found := strings.Cut(c.Head, ", ")
	if !found {
		return ""
	}
	return group
}

// Leaf returns the heading below the group.
func (c quantityColumn) Leaf() string { return strings.TrimPrefix(c.Head, c.Group()+", ") }

// columnGroup is a heading over columns.
type columnGroup struct {
	Name string
	Span int
}

func columnGroups(columns []quantityColumn) []columnGroup {
	var groups []columnGroup
	for _, c := range columns {
		switch n := len(groups); {
		case c.Group() == "":
		case n > 0 && groups[n-1].Name == c.Group():
			groups[n-1].Span++
		default:
			groups = append(groups, columnGroup{c.Group(), 1})
		}
	}
	return groups
}

// cell is one entry of a table.
type cell struct {
	Text   string
	Spread string // "± 0.1"; "" for a single value
	Sort   string // the value in full; "" sorts last
	Note   string // why there is no value
}

// missing is how a table shows that there is no value.
const missing = "–"

// cell returns the column's entry for one split of a run.
func (c quantityColumn) cell(s split) cell {
	switch {
	case c.only != "" && c.only != s.name:
		return cell{Text: missing, Note: c.why}
	case s.result == nil:
		return cell{Text: missing, Note: "not measured"}
	}
	value := c.value(s.result)
	if !value.Defined() {
		return cell{Text: missing, Note: c.reason(s.result)}
	}
	return numberCell(value, c.decimal)
}

// reason says why the result has no value of the column: the notes that name
// its key, else all of them.
func (c quantityColumn) reason(r *metrics.Result) string {
	if strings.HasPrefix(c.key, "memorization.") && r.Memorization.Count == 0 {
		return "no corrupted samples"
	}
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(c.key) + `\b`)
	var naming []string
	for _, note := range r.Notes {
		if word.MatchString(note) {
			naming = append(naming, note)
		}
	}
	switch {
	case len(naming) > 0:
		return strings.Join(naming, "; ")
	case len(r.Notes) > 0:
		return strings.Join(r.Notes, "; ")
	default:
		return "undefined"
	}
}

// numberCell formats a number; decimals 0 means four significant digits.
func numberCell(f metrics.Float, decimals int) cell {
	if !f.Defined() {
		return cell{Text: missing, Note: "undefined"}
	}
	v := float64(f)
	c := cell{Text: aligned(v), Sort: strconv.FormatFloat(v, 'g', -1, 64)}
	if decimals > 0 {
		c.Text = minus(strconv.FormatFloat(v, 'f', decimals, 64))
	}
	return c
}

// countCell formats a count.
func countCell(n int) cell {
	return cell{Text: strconv.Itoa(n), Sort: strconv.Itoa(n)}
}

// valuesOf returns the column's values of the runs of a series that have one.
func (c quantityColumn) valuesOf(all *comparison, s series, name string) []float64 {
	var values []float64
	for _, i := range s.runs {
		split := all.runs[i].split(name)
		if split.result == nil || c.only != "" && c.only != name {
			continue
		}
		if v := c.value(split.result); v.Defined() {
			values = append(values, float64(v))
		}
	}
	return values
}

// seriesCell returns the column's entry for one split of a series: the mean ±
// the standard deviation over its runs.
func (c quantityColumn) seriesCell(all *comparison, s series, name string) cell {
	values := c.valuesOf(all, s, name)
	if len(s.runs) == 1 || len(values) == 0 {
		return c.cell(all.runs[s.runs[0]].split(name))
	}
	mean, std := meanStd(values)
	out := numberCell(metrics.Float(mean), c.decimal)
	if len(values) > 1 {
		out.Spread = "± " + twoDigits(std)
	}
	if len(values) < len(s.runs) {
		out.Note = fmt.Sprintf("%d of %d runs have a value", len(values), len(s.runs))
	}
	return out
}

// twoDigits formats with two significant digits, which is all that a standard
// deviation over a few runs has.
func twoDigits(v float64) string {
	if v < 1e-3 || v >= 99.5 {
		return short(roundTo(v, 2))
	}
	return strings.TrimSuffix(fmt.Sprintf("%#.2g", v), ".")
}

// roundTo rounds to that many significant digits.
func roundTo(v float64, digits int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		panic("report: a formatted number does not parse: " + err.Error())
	}
	return rounded
}

// headline is one of the numbers at the top of the page.
type headline struct {
	Name, Title string
	Values      []headlineValue
}

type headlineValue struct {
	Run  string // "" for a single series
	Role string // the series' colour
	cell
}

// headlineColumns are the four numbers that the study of label noise turns on.
var headlineColumns = []struct{ head, split, name, title string }{
	{"Accuracy (%)", "test", "Test accuracy (%)", "on clean labels"},
	{"NC1", "train", "NC1, train", "variability collapse"},
	{"Memorization, mean", "train", "Memorization", "mean distance of corrupted samples to their true class"},
	{"Dilation", "test", "Dilation", "tr Σ_W of the test features"},
}

// maxTiles is up to how many series the numbers at the top compare.
const maxTiles = 8

// headlines returns the numbers at the top for every series; none for many.
func headlines(all *comparison) []headline {
	if len(all.series) > maxTiles {
		return nil
	}
	var out []headline
	for _, w := range headlineColumns {
		h := headline{Name: w.name, Title: w.title}
		column := columnHeaded(w.head)
		for i, s := range all.series {
			h.Values = append(h.Values, headlineValue{all.seriesLabel(i), seriesPaint(i).role, column.seriesCell(all, s, w.split)})
		}
		if slices.ContainsFunc(h.Values, func(v headlineValue) bool { return v.Sort != "" }) {
			out = append(out, h)
		}
	}
	return out
}

func columnHeaded(head string) quantityColumn {
	for _, c := range resultColumns {
		if c.Head == head {
			return c
		}
	}
	panic("report: no column " + head)
}
