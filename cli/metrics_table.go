package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/measure"
)

// metricRows are the rows of the table of metrics.
var metricRows = []struct {
	name  string
	value func(*metrics.Result) any
}{
	{"samples", func(r *metrics.Result) any { return r.N }},
	{"corrupted", func(r *metrics.Result) any { return r.Memorization.Count }},
	{"classes K", func(r *metrics.Result) any { return r.Classes }},
	{"features d", func(r *metrics.Result) any { return r.Dim }},
	{"NC1", func(r *metrics.Result) any { return r.NC1 }},
	{"NC1 of logits", func(r *metrics.Result) any { return r.NC1Logits }},
	{"NC2", func(r *metrics.Result) any { return r.NC2ETF }},
	{"NC3", func(r *metrics.Result) any { return r.NC3WH }},
	{"NC4 ‖W μ_G − b‖", func(r *metrics.Result) any { return r.NC4Bias }},
	{"NC4 ‖W μ_G + b‖", func(r *metrics.Result) any { return r.NC4BiasPlus }},
	{"tr Σ_W", func(r *metrics.Result) any { return r.TraceSigmaW }},
	{"tr Σ_B", func(r *metrics.Result) any { return r.TraceSigmaB }},
	{"accuracy %", func(r *metrics.Result) any { return r.AccuracyTop1 }},
	{"ECE", func(r *metrics.Result) any { return r.ECE }},
	{"NC1 tr Σ_W/tr Σ_B", ofKey("measures.label.nc1_trace")},
	{"CDNV", ofKey("measures.label.cdnv")},
	{"NCC mismatch %", ofKey("measures.label.ncc_mismatch")},
	{"self-duality", ofKey("measures.classifier.self_duality")},
	{"memorization, mean", func(r *metrics.Result) any { return r.Memorization.Mean }},
	{"memorization, sum", func(r *metrics.Result) any { return r.Memorization.Sum }},
	{"dilation", func(r *metrics.Result) any {
		if r.Split != "test" { // it is of test samples alone
			return metrics.Float(math.NaN())
		}
		return metrics.Float(metrics.Dilation(r))
	}},
}

// fullRows are the rows of what costs more.
var fullRows = []struct {
	name  string
	value func(*metrics.Result) any
}{
	{"one-vs-rest margin", ofKey("measures.label.one_vs_rest")},
	{"effective rank", ofKey("measures.full.effective_rank")},
	{"probe accuracy %", ofKey("measures.full.probe_accuracy")},
	{"probe accuracy, true %", ofKey("measures.full.probe_accuracy_true_label")},
	{"NCC mismatch, train %", ofKey("measures.full.train_ncc_mismatch")},
}

// ofKey returns a number by its key in metrics.json.
func ofKey(key string) func(*metrics.Result) any {
	i := slices.IndexFunc(metrics.Scalars, func(s metrics.Scalar) bool { return s.Key == key })
	return func(r *metrics.Result) any { return metrics.Scalars[i].Of(r) }
}

// printMetrics prints the main metrics of one or two splits side by side.
func printMetrics(out io.Writer, m measure.Results) error {
	columns := []*metrics.Result{m.Train}
	if m.Test != nil {
		columns = append(columns, m.Test)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	heads := []string{""}
	for _, r := range columns {
		heads = append(heads, r.Split)
	}
	fmt.Fprintln(w, strings.Join(heads, "\t"))
	rows := metricRows
	if m.Train.Measures != nil && m.Train.Measures.Full != nil {
		rows = slices.Concat(rows, fullRows)
	}
	for _, row := range rows {
		cells := []string{row.name}
		for _, r := range columns {
			cells = append(cells, cell(row.value(r)))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// cell is a value as a table shows it: five digits, a dash where it is
// undefined.
func cell(v any) string {
	f, ok := v.(metrics.Float)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case !f.Defined():
		return "–"
	}
	return fmt.Sprintf("%.5g", float64(f))
}
