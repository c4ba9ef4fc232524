package metrics

// StatisticsRow is one row of statistics.arrow: a class of a split, or a cell
// of corrupted samples. Undefined numbers are NaN, undefined vectors nil.
type StatisticsRow struct {
	Split string
	Label int
	// TrueLabel is the original label of a corrupted cell, and -1 (write null)
	// in the row of a class, which holds all its samples.
	TrueLabel int
	Count     int       // samples with this label (and true label)
	Mean      []float64 // μ_k or the cell's centroid, d
	// DistanceVariance and DistanceStddev are of the samples' distances to
	// Mean (population).
	DistanceVariance, DistanceStddev Float

	// The rest belongs to the rows of classes and is nil, 0 and NaN in those of cells.

	UncorruptedCount    int       // y_i = t_i = k
	UncorruptedCentroid []float64 // d
	UncorruptedStddev   Float
	// Memorization of the corrupted samples whose true label is this class.
	MemorizationCount                                       int
	MemorizationSum, MemorizationMean, MemorizationVariance Float
	CorruptionBiases                                        []Float // K−1, the other classes in ascending order
}

// Corrupted tells whether the row describes a cell of corrupted samples.
func (r StatisticsRow) Corrupted() bool { return r.TrueLabel >= 0 }

// Statistics spreads results over the rows of one table: for every result its
// classes, then its corrupted cells by label and true label.
func Statistics(results ...*Result) []StatisticsRow {
	var rows []StatisticsRow
	for _, r := range results {
		for k := range r.Classes {
			rows = append(rows, classRow(r, k))
		}
		for _, c := range r.CorruptedCells {
			rows = append(rows, cellRow(r.Split, c))
		}
	}
	return rows
}

func classRow(r *Result, k int) StatisticsRow {
	m := r.Memorization.PerTrueClass[k]
	return StatisticsRow{
		Split: r.Split, Label: k, TrueLabel: -1, Count: r.LabelCounts[k], Mean: r.ClassMeans[k],
		DistanceVariance: r.ClassDistanceVariances[k], DistanceStddev: r.ClassDistanceStddevs[k],
		UncorruptedCount: r.UncorruptedCounts[k], UncorruptedCentroid: r.UncorruptedCentroids[k], UncorruptedStddev: r.UncorruptedStddevs[k],
		MemorizationCount: m.Count, MemorizationSum: m.Sum, MemorizationMean: m.Mean, MemorizationVariance: m.Variance,
		CorruptionBiases: r.CorruptionBiases[k],
	}
}

func cellRow(split string, c CorruptedCell) StatisticsRow {
	return StatisticsRow{
		Split: split, Label: c.Label, TrueLabel: c.TrueLabel, Count: c.Count, Mean: c.Centroid,
		DistanceVariance: c.Stddev * c.Stddev, DistanceStddev: c.Stddev, UncorruptedStddev: undefined,
		MemorizationSum: undefined, MemorizationMean: undefined, MemorizationVariance: undefined,
	}
}
