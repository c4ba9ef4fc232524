package graphs

import (
	"cmp"
	"math"
)

// Arithmetic on elements. Symbols are sizes: never negative, and products of
// symbols are symbols again.

// sizes returns two elements as sizes, false when one of them is a negative
// number, a fraction, or unknown.
func sizes(t DType, x, y Element) (a, b Dim, ok bool) {
	a, ok1 := sizeOf(t, x)
	b, ok2 := sizeOf(t, y)
	return a, b, ok1 && ok2
}

func sizeOf(t DType, e Element) (Dim, bool) {
	if e.Known && t.IsFloat() {
		e.Int = int64(e.Float)
		if float64(e.Int) != e.Float {
			return UnknownDim, false
		}
	}
	d := e.Dim()
	return d, d != UnknownDim
}

// sizeResult is a size as an element of type t.
func sizeResult(t DType, d Dim) Element {
	if d.IsKnown() && t.IsFloat() {
		return numberElement(t, float64(d.Size))
	}
	return dimElement(d)
}

// bothKnown computes with two known elements of type t.
func bothKnown(t DType, x, y Element, floats func(x, y float64) float64, ints func(x, y int64) (int64, bool)) Element {
	if t.IsFloat() {
		return numberElement(t, floats(x.Float, y.Float))
	}
	if v, ok := ints(x.Int, y.Int); ok {
		return integerElement(t, v)
	}
	return Element{}
}

func addElements(t DType, x, y Element) Element {
	if x.Known && y.Known {
		return bothKnown(t, x, y, func(x, y float64) float64 { return x + y }, func(x, y int64) (int64, bool) {
			s := x + y
			return s, (s > x) == (y > 0)
		})
	}
	if a, b, ok := sizes(t, x, y); ok {
		return sizeResult(t, addDims(a, b))
	}
	return Element{}
}

func subElements(t DType, x, y Element) Element {
	if x.Known && y.Known {
		return bothKnown(t, x, y, func(x, y float64) float64 { return x - y }, func(x, y int64) (int64, bool) {
			d := x - y
			return d, (d < x) == (y > 0)
		})
	}
	a, b, ok := sizes(t, x, y)
	switch {
	case ok && b == Known(0):
		return x
	case ok && a == b:
		return numberElement(t, 0)
	}
	return Element{}
}

func mulElements(t DType, x, y Element) Element {
	if x.Known && y.Known {
		return bothKnown(t, x, y, func(x, y float64) float64 { return x * y }, func(x, y int64) (int64, bool) {
			p := x * y
			return p, x == 0 || p/x == y && (x != -1 || y != math.MinInt64)
		})
	}
	if a, b, ok := sizes(t, x, y); ok {
		return sizeResult(t, mulDims(a, b))
	}
	return Element{}
}

// divElements divides: integers towards zero.
func divElements(t DType, x, y Element) Element {
	if x.Known && y.Known {
		return bothKnown(t, x, y, func(x, y float64) float64 { return x / y }, func(x, y int64) (int64, bool) {
			if y == 0 || y == -1 {
				return 0, false
			}
			return x / y, true
		})
	}
	if a, b, ok := sizes(t, x, y); ok {
		return sizeResult(t, divDims(a, b))
	}
	return Element{}
}

// modElements is the remainder of numbers that are not negative, of which all
// kinds of remainders agree.
func modElements(t DType, x, y Element) Element {
	a, b, ok := sizes(t, x, y)
	switch {
	case !ok || b == Known(0):
		return Element{}
	case a.IsKnown() && b.IsKnown():
		return sizeResult(t, Known(a.Size%b.Size))
	case divDims(a, b) != UnknownDim:
		return numberElement(t, 0)
	}
	return Element{}
}

func absElement(t DType, e Element) Element {
	switch {
	case !e.Known:
		return e // a size is not negative
	case t.IsFloat():
		return numberElement(t, math.Abs(e.Float))
	case e.Int < 0:
		return negElement(t, e)
	}
	return e
}

func negElement(t DType, e Element) Element {
	switch {
	case !e.Known || e.Int == math.MinInt64:
		return Element{}
	case t.IsFloat():
		return numberElement(t, -e.Float)
	}
	return integerElement(t, -e.Int)
}

func notElement(_ DType, e Element) Element {
	if !e.Known {
		return e
	}
	return boolElement(e.Int == 0)
}

func andElements(_ DType, x, y Element) Element {
	switch {
	case x.Known && x.Int == 0 || y.Known && y.Int == 0:
		return boolElement(false)
	case x.Known && y.Known:
		return boolElement(true)
	}
	return Element{}
}

func orElements(t DType, x, y Element) Element {
	return notElement(t, andElements(t, notElement(t, x), notElement(t, y)))
}

// rounded rounds floating numbers; a size is whole already.
func rounded(f func(float64) float64) func(t DType, e Element) Element {
	return func(t DType, e Element) Element {
		if !e.Known {
			return e
		}
		return numberElement(t, f(e.Float))
	}
}

// equalElements compares: a size equals itself and no negative number.
func equalElements(t DType, x, y Element) Element {
	switch {
	case x.Known && y.Known:
		return boolElement(x.Int == y.Int && x.Float == y.Float)
	case x.Symbol != "" && x.Symbol == y.Symbol:
		return boolElement(true)
	case x.Symbol != "" && negative(t, y) || y.Symbol != "" && negative(t, x):
		return boolElement(false)
	}
	return Element{}
}

func negative(t DType, e Element) bool { return e.Known && e.number(t) < 0 }

// ordered compares numbers: by sign −1 for less, 1 for greater.
func ordered(sign int, orEqual bool) func(t DType, x, y Element) Element {
	return func(t DType, x, y Element) Element {
		switch {
		case x.Known && y.Known:
			return boolElement(compareElements(t, x, y)*sign > 0 || orEqual && compareElements(t, x, y) == 0)
		case x.Symbol != "" && x.Symbol == y.Symbol:
			return boolElement(orEqual)
		case x.Symbol != "" && negative(t, y):
			return boolElement(sign > 0)
		case y.Symbol != "" && negative(t, x):
			return boolElement(sign < 0)
		}
		return Element{}
	}
}

func compareElements(t DType, x, y Element) int {
	if t.IsFloat() {
		return cmp.Compare(x.Float, y.Float)
	}
	return cmp.Compare(x.Int, y.Int)
}

// extreme is the greater (1) or the smaller (−1) of two elements.
func extreme(sign int) func(t DType, x, y Element) Element {
	return func(t DType, x, y Element) Element {
		first := ordered(sign, true)(t, x, y)
		switch {
		case !first.Known:
			return Element{}
		case first.Int != 0:
			return x
		}
		return y
	}
}
