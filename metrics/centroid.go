package metrics

import "gonum.org/v1/gonum/floats"

// centroid is the mean of n vectors, hi + lo: lo is what rounding the mean to
// float64 leaves, which matters when the vectors lie within 1e-6 of it. Until
// finish is called, hi is a reference (the first vector) and lo the sum of
// deviations from it.
type centroid struct {
	n         int
	hi, lo    []float64
	distances moments // of the n vectors to the mean, from the second pass
}

func newCentroid(reference []float64) *centroid {
	return &centroid{hi: append([]float64(nil), reference...), lo: make([]float64, len(reference))}
}

// accumulate adds columns [from, to) of row; it reports whether they and the
// deviations are finite. scratch has room for to-from values.
func (c *centroid) accumulate(row, scratch []float64, from, to int) bool {
	deviation := floats.AddScaledTo(scratch[:to-from], row[from:to], -1, c.hi[from:to])
	floats.Add(c.lo[from:to], deviation)
	return finite(floats.Sum(deviation))
}

// finish turns the sum of deviations into the mean.
func (c *centroid) finish() {
	for j, s := range c.lo {
		c.hi[j], c.lo[j] = twoSum(c.hi[j], s/float64(c.n))
	}
}

// pool is the mean of all vectors behind parts, nil without any.
func pool(parts []*centroid) *centroid {
	if len(parts) == 1 {
		return parts[0]
	}
	var all *centroid
	total := 0
	for _, p := range parts {
		total += p.n
	}
	for _, p := range parts {
		if all == nil {
			all = newCentroid(p.hi)
			all.n = total
		}
		for j := range all.lo {
			all.lo[j] += float64(p.n) * ((p.hi[j] - all.hi[j]) + p.lo[j])
		}
	}
	if all != nil {
		all.finish()
	}
	return all
}

// deviate sets dst = row − mean.
func (c *centroid) deviate(dst, row []float64) {
	floats.AddScaledTo(dst, row, -1, c.hi)
	floats.AddScaled(dst, -1, c.lo)
}

// minus sets dst to the difference of two means and returns it.
func (c *centroid) minus(dst []float64, other *centroid) []float64 {
	for j := range dst {
		dst[j] = (c.hi[j] - other.hi[j]) + (c.lo[j] - other.lo[j])
	}
	return dst
}
