package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline"
)

// resultRows are the rows of the table that a run ends with: what, of which
// split, and its value.
var resultRows = []struct {
	name  string
	value func(*pipeline.Results) (train, test metrics.Float)
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

func both(of func(*metrics.Result) metrics.Float) func(*pipeline.Results) (metrics.Float, metrics.Float) {
	return func(r *pipeline.Results) (metrics.Float, metrics.Float) { return of(r.Train), of(r.Test) }
}

func first(of func(*metrics.Result) metrics.Float) func(*pipeline.Results) (metrics.Float, metrics.Float) {
	return func(r *pipeline.Results) (metrics.Float, metrics.Float) { return of(r.Train), 0 }
}

func dilation(r *pipeline.Results) (metrics.Float, metrics.Float) {
	return metrics.Float(metrics.Dilation(r.Test)), 0
}

// printResults prints the results of runs side by side. Names title the
// columns.
func printResults(w io.Writer, names []string, results []*pipeline.Results) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, name := range names {
		fmt.Fprintf(t, "\t%s\t", name)
	}
	fmt.Fprint(t, "\t\n")
	for range names {
		fmt.Fprint(t, "\ttrain\ttest")
	}
	fmt.Fprint(t, "\t\n")
	for _, row := range resultRows {
		fmt.Fprint(t, row.name)
		for _, r := range results {
			train, test := row.value(r)
			if row.one {
				fmt.Fprintf(t, "\t%s\t", number(train))
			} else {
				fmt.Fprintf(t, "\t%s\t%s", number(train), number(test))
			}
		}
		fmt.Fprint(t, "\t\n")
	}
	return t.Flush()
}

// number prints four significant digits, and a dash where there is no value.
func number(v metrics.Float) string {
	if !v.Defined() {
		return "–"
	}
	return fmt.Sprintf("%.4g", float64(v))
}

// readResults reads the metrics of run folders.
func readResults(paths []string) ([]*pipeline.Results, error) {
	results := make([]*pipeline.Results, len(paths))
	for i, path := range paths {
		var err error
		if results[i], err = pipeline.ReadResults(filepath.Join(path, pipeline.MetricsFile)); err != nil {
			return nil, err
		}
	}
	return results, nil
}
