package metrics

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// memorization sums up the distances of corrupted samples by true label, of
// which there are so many.
func memorization(byTrueLabel []memorized, trueClasses int) Memorization {
	var total sum
	out := Memorization{PerTrueClass: make([]MemorizationOfClass, len(byTrueLabel))}
	for o := range byTrueLabel {
		m := &byTrueLabel[o]
		out.Count += m.n
		total.add(m.total.value())
		out.PerTrueClass[o] = MemorizationOfClass{
			TrueLabel: o, Count: m.n, Sum: Float(m.total.value()), Mean: m.average(), Variance: m.variance(),
		}
	}
	out.Sum, out.Mean = Float(total.value()), undefined
	if out.Count > 0 {
		out.Mean = out.Sum / Float(out.Count)
	}
	out.ClassAverageOfSums = out.Sum / Float(trueClasses)
	return out
}

// corruptedCells lists the cells of corrupted samples.
func corruptedCells(m *means) []CorruptedCell {
	cells := []CorruptedCell{} // [] in JSON, not null
	for _, key := range m.order {
		if c := m.cells[key]; m.corrupted(key) {
			cells = append(cells, CorruptedCell{
				Label: key.label, TrueLabel: key.trueLabel, Count: c.n, Centroid: c.hi, Stddev: c.distances.stddev(),
			})
		}
	}
	return cells
}

// corruptedCentroids are the means of corrupted samples by true class.
func corruptedCentroids(m *means) [][]float64 {
	byTrueClass := make([][]*centroid, m.trueClasses())
	for _, key := range m.order {
		if m.corrupted(key) && key.trueLabel < len(byTrueClass) {
			byTrueClass[key.trueLabel] = append(byTrueClass[key.trueLabel], m.cells[key])
		}
	}
	rows := make([][]float64, len(byTrueClass))
	for o, parts := range byTrueClass {
		if c := pool(parts); c != nil {
			rows[o] = c.hi
		}
	}
	return rows
}

// corruptionBiases is K×(K−1), see [Result]. It goes by labels that are not the
// true ones, in a latent problem as well.
func corruptionBiases(m *means) [][]Float {
	corrupted := make([][]*centroid, m.k)
	for _, key := range m.order {
		if key.mislabelled() {
			corrupted[key.label] = append(corrupted[key.label], m.cells[key])
		}
	}
	biases := make([][]Float, m.k)
	parallel(m.k, max(1, minWork/(m.k*m.dim)), func(from, to int) {
		for c := from; c < to; c++ {
			biases[c] = biasesOf(m, c, pool(corrupted[c]))
		}
	})
	return biases
}

// biasesOf is the row of class c, whose corrupted samples have the given mean (nil without any).
func biasesOf(m *means, c int, corrupted *centroid) []Float {
	row := make([]Float, 0, m.k-1)
	if corrupted == nil {
		for range m.k - 1 {
			row = append(row, undefined)
		}
		return row
	}
	pull := corrupted.minus(make([]float64, m.dim), m.classes[c])
	direction := make([]float64, m.dim)
	for o, other := range m.classes {
		switch {
		case o == c:
		case other == nil:
			row = append(row, undefined)
		default:
			other.minus(direction, m.classes[c])
			row = append(row, projectionOn(direction, pull))
		}
	}
	return row
}

// projectionOn is v·direction/‖direction‖, NaN for a zero direction.
func projectionOn(direction, v []float64) Float {
	norm := math.Sqrt(floats.Dot(direction, direction))
	if norm == 0 {
		return undefined
	}
	return Float(floats.Dot(v, direction) / norm)
}
