package measure

import (
	"math"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/metrics"
)

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
