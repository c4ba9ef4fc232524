package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// resultRows are the rows of the table that a run ends with: what, of which
// split, and its value.
var resultRows = []struct {
	name  string
	value func(*measure.Results) (train, test metrics.Float)
	one   bool // one value a run, not one a split
}{
	{name: "accuracy %", value: both(func(r *metrics.Result) metrics.Float { return r.AccuracyTop1 })},
	{name: "NC1", value: both(func(r *metrics.Result) metrics.Float { return r.NC1 })},
	{name: "NC2", value: first(func(r *metrics.Result) metrics.Float { return r.NC2ETF }), one: true},
	{name: "NC3", value: both(func(r *metrics.Result) metrics.Float { return r.NC3WH })},
	{name: "NC4", value: both(func(r *metrics.Result) metrics.Float { return r.NC4BiasPlus })},
	{name: "memorization", value: first(func(r *metrics.Result) metrics.Float { return r.Memorization.Mean }), one: true},
	{name: "dilation", value: dilation, one: true},
}

func both(of func(*metrics.Result) metrics.Float) func(*measure.Results) (metrics.Float, metrics.Float) {
	return func(r *measure.Results) (metrics.Float, metrics.Float) { return of(r.Train), of(r.Test) }
}

func first(of func(*metrics.Result) metrics.Float) func(*measure.Results) (metrics.Float, metrics.Float) {
	return func(r *measure.Results) (metrics.Float, metrics.Float) { return of(r.Train), 0 }
}

func dilation(r *measure.Results) (metrics.Float, metrics.Float) {
	return metrics.Float(metrics.Dilation(r.Test)), 0
}

// printResults prints the results of runs side by side, two columns a run.
// Names title the columns, unless there is one run only.
func printResults(w io.Writer, names []string, results []*measure.Results) error {
	var table strings.Builder
	line := func(name string, cells []string, width int) {
		text := fmt.Sprintf("%-12s", name)
		for _, c := range cells {
			text += fmt.Sprintf("  %*s", width, c)
		}
		table.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	if len(results) > 1 {
		line("", names, 2*resultWidth+2)
	}
	line("", slices.Repeat([]string{"train", "test"}, len(results)), resultWidth)
	for _, row := range resultRows {
		var cells []string
		for _, r := range results {
			train, test := row.value(r)
			if cells = append(cells, number(train)); row.one {
				cells = append(cells, "")
			} else {
				cells = append(cells, number(test))
			}
		}
		line(row.name, cells, resultWidth)
	}
	_, err := io.WriteString(w, table.String())
	return err
}

// resultWidth is that of a column.
const resultWidth = 10

// number prints four significant digits, and a dash where there is no value.
func number(v metrics.Float) string {
	if !v.Defined() {
		return "–"
	}
	return strings.TrimSuffix(fmt.Sprintf("%#.4g", float64(v)), ".")
}

// readResults reads the metrics of run folders.
func readResults(paths []string) ([]*measure.Results, error) {
	results := make([]*measure.Results, len(paths))
	for i, path := range paths {
		var err error
		if results[i], err = measure.Read(filepath.Join(path, runfolder.MetricsFile)); err != nil {
			return nil, err
		}
	}
	return results, nil
}
