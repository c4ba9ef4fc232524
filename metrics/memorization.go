package metrics

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// memorization sums up the distances of corrupted samples by true label.
func memorization(byTrueLabel []memorized) Memorization {
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
	out.ClassAverageOfSums = out.Sum / Float(len(byTrueLabel))
	return out
}

// corruptedCells lists the cells of corrupted samples.
func corruptedCells(m *means) []CorruptedCell {
	cells := []CorruptedCell{} // [] in JSON, not null
	for _, key := range m.order {
		if c := m.cells[key]; key.corrupted() {
			cells = append(cells, CorruptedCell{
				Label: key.label, TrueLabel: key.trueLabel, Count: c.n, Centroid: c.hi, Stddev: c.distances.stddev(),
			})
		}
	}
	return cells
}

// corruptionBiases is K×(K−1), see [Result].
func corruptionBiases(m *means) [][]Float {
	corrupted := make([][]*centroid, m.k)
	for _, key := range m.order {
		if key.corrupted() {
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
