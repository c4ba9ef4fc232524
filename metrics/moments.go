package metrics

import "math"

// moments accumulates count, mean and variance of scalars (Welford 1962).
type moments struct {
	n        int
	mean, m2 float64
}

func (m *moments) add(x float64) {
	m.n++
	delta := x - m.mean
	m.mean += delta / float64(m.n)
	m.m2 += delta * (x - m.mean)
}

// average is the mean, NaN without values.
func (m *moments) average() Float {
	if m.n == 0 {
		return undefined
	}
	return Float(m.mean)
}

// variance is the population variance (divided by n), NaN without values.
func (m *moments) variance() Float {
	if m.n == 0 {
		return undefined
	}
	return Float(m.m2 / float64(m.n))
}

// stddev is the population standard deviation, NaN without values.
func (m *moments) stddev() Float { return Float(math.Sqrt(float64(m.variance()))) }

// sum adds with Neumaier's compensation, so that millions of rows add up the
// same to rounding in any order.
type sum struct{ hi, lo float64 }

func (s *sum) add(x float64) {
	hi, lo := twoSum(s.hi, x)
	s.hi, s.lo = hi, s.lo+lo
}

func (s *sum) value() float64 { return s.hi + s.lo }

// twoSum returns a+b rounded and its exact rounding error (Knuth, TAOCP 2, 4.2.2).
func twoSum(a, b float64) (hi, lo float64) {
	hi = a + b
	bb := hi - a
	return hi, (a - (hi - bb)) + (b - bb)
}
