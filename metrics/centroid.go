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
	switch len(parts) {
	case 0:
		return nil
	case 1:
		return parts[0]
	}
	all := newCentroid(parts[0].hi)
	for _, p := range parts {
		all.n += p.n
		for j := range all.lo {
			all.lo[j] += float64(p.n) * ((p.hi[j] - all.hi[j]) + p.lo[j])
		}
	}
	all.finish()
	return all
}

// deviate sets dst = row − mean and returns ‖row − mean‖². It is the inner
// loop of the second pass: unrolled, with four independent sums.
func (c *centroid) deviate(dst, row []float64) float64 {
	n := len(row)
	hi, lo, dst := c.hi[:n], c.lo[:n], dst[:n]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= n; i += 4 {
		x, h, l, d := row[i:i+4:i+4], hi[i:i+4:i+4], lo[i:i+4:i+4], dst[i:i+4:i+4]
		d0, d1, d2, d3 := (x[0]-h[0])-l[0], (x[1]-h[1])-l[1], (x[2]-h[2])-l[2], (x[3]-h[3])-l[3]
		d[0], d[1], d[2], d[3] = d0, d1, d2, d3
		s0, s1, s2, s3 = s0+d0*d0, s1+d1*d1, s2+d2*d2, s3+d3*d3
	}
	for ; i < n; i++ {
		dst[i] = (row[i] - hi[i]) - lo[i]
		s0 += dst[i] * dst[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// minus sets dst to the difference of two means and returns it.
func (c *centroid) minus(dst []float64, other *centroid) []float64 {
	for j := range dst {
		dst[j] = (c.hi[j] - other.hi[j]) + (c.lo[j] - other.lo[j])
	}
	return dst
}
