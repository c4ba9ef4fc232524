package pipeline

import (
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/metrics"
)

// writeSamples writes samples.arrow: one row a selected sample, training and
// validation samples first.
func writeSamples(path string, d *datasets.Dataset) error {
	return features.WriteTable(path, nil, sampleColumns(d)...)
}

func sampleColumns(d *datasets.Dataset) []features.Column {
	var index, label, trueLabel []int32
	var split []string
	for _, samples := range [][]datasets.Sample{d.TrainSamples, d.TestSamples} {
		for _, s := range samples {
			index, label, trueLabel = append(index, s.Index), append(label, s.Label), append(trueLabel, s.TrueLabel)
			split = append(split, s.Split.String())
		}
	}
	return []features.Column{
		{Name: "index", Values: index}, {Name: "split", Values: split},
		{Name: "label", Values: label}, {Name: "true_label", Values: trueLabel},
	}
}

// sameSamples reports whether samples.arrow holds the data set's samples.
func sameSamples(path string, d *datasets.Dataset) (bool, error) {
	columns, _, err := features.ReadTable(path)
	if err != nil {
		return false, err
	}
	return reflect.DeepEqual(columns, sampleColumns(d)), nil
}

// Epoch is one row of history.arrow. Val fields are NaN without a validation
// split; accuracies are percentages.
type Epoch struct {
	Epoch                     int
	LR                        float64
	TrainLoss, TrainAcc       float64
	ValLoss, ValAcc           float64
	Seconds, SamplesPerSecond float64
	// Extra holds what else was measured, by the name of its column: SPLIT_KEY
	// with a split and a key of metrics.json, such as test_nc1, or a bare name
	// for what is of no split. A name that an epoch lacks is NaN in the file.
	Extra map[string]float64
}

// historyColumns name the columns of history.arrow after the epoch, with the
// field that each holds.
var historyColumns = []struct {
	name  string
	field func(*Epoch) *float64
}{
	{"lr", func(e *Epoch) *float64 { return &e.LR }},
	{"train_loss", func(e *Epoch) *float64 { return &e.TrainLoss }},
	{"train_accuracy", func(e *Epoch) *float64 { return &e.TrainAcc }},
	{"val_loss", func(e *Epoch) *float64 { return &e.ValLoss }},
	{"val_accuracy", func(e *Epoch) *float64 { return &e.ValAcc }},
	{"seconds", func(e *Epoch) *float64 { return &e.Seconds }},
	{"samples_per_second", func(e *Epoch) *float64 { return &e.SamplesPerSecond }},
}

// writeHistory writes history.arrow: one row an epoch.
func writeHistory(path string, epochs []Epoch) error {
	numbers := make([]int32, len(epochs))
	for i, e := range epochs {
		numbers[i] = int32(e.Epoch)
	}
	columns := []features.Column{{Name: "epoch", Values: numbers}}
	for _, c := range historyColumns {
		values := make([]float64, len(epochs))
		for i := range epochs {
			values[i] = *c.field(&epochs[i])
		}
		columns = append(columns, features.Column{Name: c.name, Values: values})
	}
	for _, name := range extraNames(epochs) {
		values := make([]float64, len(epochs))
		for i, e := range epochs {
			values[i] = e.extra(name)
		}
		columns = append(columns, features.Column{Name: name, Values: values})
	}
	return features.WriteTable(path, nil, columns...)
}

// extraNames returns the names of all that was measured beside the fixed
// columns, sorted.
func extraNames(epochs []Epoch) []string {
	names := make(map[string]bool)
	for _, e := range epochs {
		for name := range e.Extra {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// extra returns the epoch's value of a further column, NaN if it has none.
func (e Epoch) extra(name string) float64 {
	if v, ok := e.Extra[name]; ok {
		return v
	}
	return math.NaN()
}

// ReadHistory reads history.arrow. Further columns of numbers become Extra,
// where they are not NaN.
func ReadHistory(path string) ([]Epoch, error) {
	columns, _, err := features.ReadTable(path)
	if err != nil {
		return nil, err
	}
	numbers, err := features.Values[int32](columns, "epoch")
	if err != nil {
		return nil, err
	}
	epochs := make([]Epoch, len(numbers))
	for i, n := range numbers {
		epochs[i].Epoch = int(n)
	}
	for _, c := range historyColumns {
		values, err := features.Values[float64](columns, c.name)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			*c.field(&epochs[i]) = v
		}
	}
	for _, c := range columns {
		if values, ok := c.Values.([]float64); ok && !fixedColumn(c.Name) {
			addExtra(epochs, c.Name, values)
		}
	}
	return epochs, nil
}

// fixedColumn reports whether every history.arrow has that column.
func fixedColumn(name string) bool {
	for _, c := range historyColumns {
		if c.name == name {
			return true
		}
	}
	return name == "epoch"
}

func addExtra(epochs []Epoch, name string, values []float64) {
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		if epochs[i].Extra == nil {
			epochs[i].Extra = make(map[string]float64)
		}
		epochs[i].Extra[name] = v
	}
}

// writeStatistics writes statistics.arrow: one row a (split, class), whose
// true_label is null, and one row a corrupted cell. Undefined numbers are NaN,
// undefined vectors null. One class has no corruption biases.
func writeStatistics(path string, results ...*metrics.Result) error {
	rows := metrics.Statistics(results...)
	dim, others := results[0].Dim, 0
	for _, r := range results {
		others = max(others, r.Classes-1)
	}
	columns := []features.Column{
		{Name: "split", Values: column(rows, func(r metrics.StatisticsRow) string { return r.Split })},
		{Name: "label", Values: column(rows, func(r metrics.StatisticsRow) int32 { return int32(r.Label) })},
		{Name: "true_label", Values: features.OptionalInts(column(rows, trueLabel))},
		{Name: "count", Values: column(rows, func(r metrics.StatisticsRow) int64 { return int64(r.Count) })},
		{Name: "mean", Values: vectors(rows, dim, func(r metrics.StatisticsRow) []float64 { return r.Mean })},
	}
	numbers := []struct {
		name string
		of   func(metrics.StatisticsRow) metrics.Float
	}{
		{"distance_variance", func(r metrics.StatisticsRow) metrics.Float { return r.DistanceVariance }},
		{"distance_stddev", func(r metrics.StatisticsRow) metrics.Float { return r.DistanceStddev }},
		{"uncorrupted_stddev", func(r metrics.StatisticsRow) metrics.Float { return r.UncorruptedStddev }},
		{"memorization_sum", func(r metrics.StatisticsRow) metrics.Float { return r.MemorizationSum }},
		{"memorization_mean", func(r metrics.StatisticsRow) metrics.Float { return r.MemorizationMean }},
		{"memorization_variance", func(r metrics.StatisticsRow) metrics.Float { return r.MemorizationVariance }},
	}
	for _, n := range numbers {
		values := column(rows, func(r metrics.StatisticsRow) float64 { return float64(n.of(r)) })
		columns = append(columns, features.Column{Name: n.name, Values: values})
	}
	columns = append(columns,
		features.Column{Name: "uncorrupted_count", Values: column(rows, func(r metrics.StatisticsRow) int64 { return int64(r.UncorruptedCount) })},
		features.Column{Name: "uncorrupted_centroid", Values: vectors(rows, dim, func(r metrics.StatisticsRow) []float64 { return r.UncorruptedCentroid })},
		features.Column{Name: "memorization_count", Values: column(rows, func(r metrics.StatisticsRow) int64 { return int64(r.MemorizationCount) })})
	if others > 0 {
		columns = append(columns, features.Column{Name: "corruption_biases", Values: vectors(rows, others, biases(others))})
	}
	return features.WriteTable(path, nil, columns...)
}

func column[T any](rows []metrics.StatisticsRow, of func(metrics.StatisticsRow) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}

func vectors(rows []metrics.StatisticsRow, width int, of func(metrics.StatisticsRow) []float64) features.Vectors {
	return features.Vectors{Width: width, Rows: column(rows, of)}
}

func trueLabel(r metrics.StatisticsRow) *int32 {
	if !r.Corrupted() {
		return nil
	}
	label := int32(r.TrueLabel)
	return &label
}

// biases returns a row's corruption biases, NaN up to the table's width: one
// split may have fewer classes, as the test samples of a problem with latent
// noise classes do.
func biases(width int) func(metrics.StatisticsRow) []float64 {
	return func(r metrics.StatisticsRow) []float64 {
		if r.CorruptionBiases == nil {
			return nil
		}
		out := make([]float64, width)
		for i := range out {
			out[i] = math.NaN()
			if i < len(r.CorruptionBiases) {
				out[i] = float64(r.CorruptionBiases[i])
			}
		}
		return out
	}
}
