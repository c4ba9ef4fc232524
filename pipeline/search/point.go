package search

import (
	"fmt"
	"math"
	"strconv"
)

// Point is a point of the unit cube, one coordinate in [0, 1] a parameter; NaN
// for one whose condition does not hold.
type Point []float64

// Decode returns the settings at a point, whose inactive coordinates are
// ignored: floats with six significant digits, int64s, or the choices as they
// were given.
func (s Space) Decode(p Point) map[string]any {
	values := make(map[string]any, len(s))
	for i, param := range s {
		if s.active(i, values) {
			values[param.Name] = param.value(p[i])
		}
	}
	return values
}

// Encode returns the point of settings; further ones are ignored. The error
// names a setting that is missing or not in the space.
func (s Space) Encode(values map[string]any) (Point, error) {
	p := make(Point, len(s))
	for i, param := range s {
		if !s.active(i, values) {
			p[i] = math.NaN()
			continue
		}
		v, ok := values[param.Name]
		if !ok {
			return nil, fmt.Errorf("there is no %s", param.Name)
		}
		var err error
		if p[i], err = param.coordinate(v); err != nil {
			return nil, fmt.Errorf("%s: %w", param.Name, err)
		}
	}
	return p, nil
}

// tidy returns a proposal as it will be once it was decoded and encoded: whole
// numbers and choices at the middle of their cells, inactive ones NaN.
func (s Space) tidy(p Point) Point {
	q, err := s.Encode(s.Decode(p))
	if err != nil {
		panic("search: a decoded point cannot be encoded: " + err.Error())
	}
	return q
}

// active reports whether parameter i has a value where the values of its
// parents are known.
func (s Space) active(i int, values map[string]any) bool {
	for _, c := range s[i].When {
		v, ok := values[c.Param]
		if !ok || indexOf(c.Values, v) < 0 {
			return false
		}
	}
	return true
}

// value returns the parameter's value at a coordinate.
func (p Param) value(u float64) any {
	u = min(max(u, 0), 1)
	switch {
	case p.Kind == Choice:
		return p.Choices[min(int(u*float64(len(p.Choices))), len(p.Choices)-1)]
	case p.whole():
		return int64(min(max(math.Round(p.stretch(u)), p.Lo), p.Hi))
	}
	return min(max(rounded(p.stretch(u)), p.Lo), p.Hi)
}

// coordinate is the inverse of value.
func (p Param) coordinate(v any) (float64, error) {
	if p.Kind == Choice {
		i := indexOf(p.Choices, v)
		if i < 0 {
			return 0, fmt.Errorf("%v is not among the choices", v)
		}
		return (float64(i) + 0.5) / float64(len(p.Choices)), nil
	}
	x, ok := number(v)
	if !ok || !(x >= p.Lo && x <= p.Hi) {
		return 0, fmt.Errorf("%v is not between %v and %v", v, p.Lo, p.Hi)
	}
	lo, hi := p.ends()
	if p.logarithmic() {
		x = math.Log(x)
	}
	return min(max((x-lo)/(hi-lo), 0), 1), nil
}

// number returns a value of a range as a float.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	}
	return 0, false
}

// stretch maps [0, 1] to the range.
func (p Param) stretch(u float64) float64 {
	lo, hi := p.ends()
	x := lo + u*(hi-lo)
	if p.logarithmic() {
		return math.Exp(x)
	}
	return x
}

// ends are those of the range on the axis that is divided evenly. Each whole
// number has a cell of its own, reaching half a unit to both sides.
func (p Param) ends() (lo, hi float64) {
	lo, hi = p.Lo, p.Hi
	if p.whole() {
		lo, hi = lo-0.5, hi+0.5
	}
	if p.logarithmic() {
		lo, hi = math.Log(lo), math.Log(hi)
	}
	return lo, hi
}

// rounded keeps six significant digits: what people read and copy is what was
// run.
func rounded(x float64) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		panic("search: a printed number cannot be read: " + err.Error())
	}
	return v
}
