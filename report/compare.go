package report

import (
	"fmt"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// comparison is the runs of a report with the names they go by, and what
// figures tell apart of them.
type comparison struct {
	runs   []Run
	names  []string // of the runs
	series []series
	of     []int // the series of each run
}

// series is what has one colour and one entry in legends: a run, or a group of
// runs that is shown as mean ± standard deviation.
type series struct {
	name string
	runs []int // into comparison.runs
}

// maxSeries is how many series one figure tells apart: six colours in three
// shapes make no more than 18, and a legend of more than 12 is not read.
const maxSeries = 12

func newComparison(runs []Run) *comparison {
	c := &comparison{runs: runs, names: shortNames(runs)}
	keys := groupKeys(runs)
	at := make(map[string]int)
	for i, key := range keys {
		if at[key] == 0 {
			c.series = append(c.series, series{})
			at[key] = len(c.series)
		}
		s := &c.series[at[key]-1]
		s.runs = append(s.runs, i)
		c.of = append(c.of, at[key]-1)
	}
	c.nameSeries()
	return c
}

// groupKeys says which runs belong together: those with the same Group where
// any run names one, else those that repeat each other.
func groupKeys(runs []Run) []string {
	keys := make([]string, len(runs))
	named := false
	for _, r := range runs {
		named = named || r.Group != ""
	}
	for i, r := range runs {
		switch {
		case named && r.Group != "":
			keys[i] = "group " + r.Group
		case !named && r.repeated():
			keys[i] = "settings " + r.repetitionKey()
		default:
			keys[i] = "run " + strconv.Itoa(i)
		}
	}
	return keys
}

// repeated reports whether the run has a setting that repetitions differ in.
func (r *Run) repeated() bool {
	for _, s := range r.Settings {
		if s.Repeats {
			return true
		}
	}
	return false
}

// repetitionKey is equal for runs that differ in nothing but what repetitions
// differ in.
func (r *Run) repetitionKey() string {
	var b strings.Builder
	for _, s := range r.Settings {
		if !s.Repeats && !s.Idle {
			b.WriteString(s.Name + "\x00" + s.Value + "\x00")
		}
	}
	return b.String()
}

// nameSeries names single runs as runs, groups by their Group or by the
// settings in which the series differ.
func (c *comparison) nameSeries() {
	if !c.grouped() {
		for i := range c.series {
			c.series[i].name = c.names[i]
		}
		return
	}
	common := make([]Run, len(c.series))
	for i, s := range c.series {
		first := &c.runs[s.runs[0]]
		common[i] = Run{Name: first.Name, Group: first.Group}
		if more := len(s.runs) - 1; more > 0 {
			common[i].Name += fmt.Sprintf(" and %d more", more)
		}
		for _, setting := range first.Settings {
			if !setting.Repeats {
				common[i].Settings = append(common[i].Settings, setting)
			}
		}
	}
	for i, name := range shortNames(common) {
		switch {
		case common[i].Group != "":
			name = ellipsis(common[i].Group, maxName)
		case len(common) == 1:
			name = "all runs"
		}
		c.series[i].name = name
	}
}

// grouped reports whether any series is of more than one run.
func (c *comparison) grouped() bool { return len(c.series) < len(c.runs) }

// label names a run where there are several.
func (c *comparison) label(run int) string {
	if len(c.runs) == 1 {
		return ""
	}
	return c.names[run]
}

// seriesLabel names a series where there are several.
func (c *comparison) seriesLabel(i int) string {
	if len(c.series) == 1 {
		return ""
	}
	return c.series[i].name
}

// drawn returns the series that figures show.
func (c *comparison) drawn() []series { return c.series[:min(len(c.series), maxSeries)] }

// omitted is a sentence on the series that figures do not show, "" for none.
func (c *comparison) omitted() string {
	if len(c.series) <= maxSeries {
		return ""
	}
	return fmt.Sprintf(" Of %d groups the first %d are drawn.", len(c.series), maxSeries)
}

// meanStd returns the mean and the sample standard deviation (n − 1) of the
// values; the latter is 0 for a single value. Equal values are their own mean,
// without rounding.
func meanStd(values []float64) (mean, std float64) {
	equal := true
	for _, v := range values {
		equal = equal && v == values[0]
	}
	if equal {
		return values[0], 0
	}
	return stat.MeanStdDev(values, nil)
}
