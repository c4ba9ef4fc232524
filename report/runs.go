package report

import (
	"strconv"

	"github.com/memdil/memdil/metrics"
)

// fewRuns is up to how many runs a page shows every setting, class statistics
// and a result table of all metrics run by run. Of more, as in a study, it
// shows one row a run with the settings in which they differ.
const fewRuns = 8

// manyRuns is up to how many runs a page has every metric of each, and maxRows
// how many rows the table of runs has.
const (
	manyRuns = 200
	maxRows  = 2000
)

// maxSettingColumns bounds the settings of the table of runs.
const maxSettingColumns = 10

// runTable has one row a run: what tells it apart, and the numbers that matter.
type runTable struct {
	Omitted  int  // runs at the end without a row
	Grouped  bool // some runs have a group of one's own
	Settings []settingColumn
	Columns  []runColumn
	Rows     []runRow
}

// settingColumn is a setting in which the runs differ.
type settingColumn struct {
	Name    string
	Numeric bool
}

type runRow struct {
	Name, Title, Link, Role string // Title is the name in full
	Group                   string // "" without groups of one's own
	Settings                []cell
	Cells                   []cell
}

// runColumn is a metric of one split, or what the history ends with.
type runColumn struct {
	Head, Title string
	cell        func(*Run) cell
}

var runColumns = []runColumn{
	{"Val accuracy (%)", "accuracy of the validation samples after the last epoch", func(r *Run) cell { return lastValAccuracy(r) }},
	metricColumn("Accuracy (%)", "train", "Train accuracy (%)"),
	metricColumn("Accuracy (%)", "test", "Test accuracy (%)"),
	metricColumn("NC1", "train", "NC1, train"),
	metricColumn("NC1", "test", "NC1, test"),
	metricColumn("ECE", "test", "ECE, test"),
	metricColumn("Memorization, mean", "train", "Memorization"),
	metricColumn("Dilation", "test", "Dilation"),
}

func metricColumn(head, split, name string) runColumn {
	c := columnHeaded(head)
	return runColumn{name, c.Title, func(r *Run) cell { return c.cell(r.split(split)) }}
}

func lastValAccuracy(r *Run) cell {
	if len(r.History) == 0 || !finite(r.History[len(r.History)-1].ValAccuracy) {
		return cell{Text: missing, Note: "no validation split"}
	}
	return numberCell(metrics.Float(r.History[len(r.History)-1].ValAccuracy), 2)
}

// runTableOf returns the table of runs; nil for few of them, which other
// tables show in full.
func runTableOf(c *comparison) *runTable {
	if len(c.runs) <= fewRuns {
		return nil
	}
	t := &runTable{Columns: runColumns}
	rows := settingRows(c.runs)
	for j, row := range rows {
		if !row.Differs || j == maxSettingColumns {
			rows = rows[:j]
			break
		}
		t.Settings = append(t.Settings, settingColumn{row.Name, numeric(row.Values)})
	}
	names := c.names
	if len(t.Settings) > 0 {
		names = namesByParts(c.runs) // the settings have columns of their own
	}
	t.Omitted = max(0, len(c.runs)-maxRows)
	for i := range c.runs[:len(c.runs)-t.Omitted] {
		r := &c.runs[i]
		series := c.of[i]
		row := runRow{Name: ellipsis(names[i], maxName), Title: r.Name, Link: r.Link, Role: seriesPaint(series).role}
		if r.Group != "" {
			row.Group, t.Grouped = c.series[series].name, true
		}
		for j, s := range rows {
			row.Settings = append(row.Settings, settingCell(s.Values[i], t.Settings[j].Numeric))
		}
		for _, column := range runColumns {
			row.Cells = append(row.Cells, column.cell(r))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// numeric reports whether all values that have an effect are numbers.
func numeric(values []settingValue) bool {
	for _, v := range values {
		if _, err := strconv.ParseFloat(v.Text, 64); err != nil && !v.Idle && v.Text != "" {
			return false
		}
	}
	return true
}

func settingCell(v settingValue, numeric bool) cell {
	switch {
	case v.Idle || v.Text == "":
		return cell{Text: missing, Note: "no effect on this run"}
	case numeric:
		return cell{Text: v.Text, Sort: v.Text}
	default:
		return cell{Text: v.Text}
	}
}

// maxSampled is of how many runs the samples are drawn.
const maxSampled = 6

// SampleRuns returns which of the runs a report draws the samples of (features,
// distances, reliability): all of a few, else the first of each group that has
// metrics. Points of others are not looked at and need not be read.
func SampleRuns(runs []Run) []int { return newComparison(runs).sampled() }

func (c *comparison) sampled() []int {
	var out []int
	if len(c.runs) <= maxSampled {
		for i := range c.runs {
			out = append(out, i)
		}
		return out
	}
	for _, s := range c.series[:min(len(c.series), maxSampled)] {
		out = append(out, c.representative(s))
	}
	return out
}

// representative returns the run that stands for a series: the first that has
// metrics.
func (c *comparison) representative(s series) int {
	for _, i := range s.runs {
		if c.runs[i].Train != nil || c.runs[i].Test != nil {
			return i
		}
	}
	return s.runs[0]
}
