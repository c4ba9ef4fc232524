package graphs

import (
	"math"
	"strconv"
)

// Element is what inference knows of one element of a small tensor: its
// value, the symbolic size it equals, or nothing.
type Element struct {
	// Known says that the value is known: Int of an integer or truth value,
	// Float of a floating-point number.
	Known bool
	Int   int64
	Float float64
	// Symbol names the size that an element of unknown value equals.
	Symbol string
}

// Dim returns the size that the element spells out in a shape: unknown for
// negative numbers, whose meaning is up to the operator.
func (e Element) Dim() Dim {
	switch {
	case e.Known && e.Int >= 0:
		return Known(e.Int)
	case e.Symbol != "":
		return Symbolic(e.Symbol)
	}
	return UnknownDim
}

// String returns the value, the symbol, or "?".
func (e Element) String() string {
	switch {
	case e.Known && e.Float != 0:
		return strconv.FormatFloat(e.Float, 'g', -1, 64)
	case e.Known:
		return strconv.FormatInt(e.Int, 10)
	case e.Symbol != "":
		return e.Symbol
	}
	return "?"
}

// dimElement is a size as an element of a shape.
func dimElement(d Dim) Element {
	if d.IsKnown() {
		return intElement(d.Size)
	}
	return Element{Symbol: d.Symbol}
}

func intElement(v int64) Element { return Element{Known: true, Int: v} }

func boolElement(v bool) Element {
	if v {
		return intElement(1)
	}
	return intElement(0)
}

// number is a known element as a real number.
func (e Element) number(t DType) float64 {
	if t.IsFloat() {
		return e.Float
	}
	return float64(e.Int)
}

// numberElement is a number as an element of type t, unknown where the type
// cannot hold it or would round it in a way that is not followed.
func numberElement(t DType, v float64) Element {
	switch {
	case t == Float32:
		return Element{Known: true, Float: float64(float32(v))}
	case t == Float64:
		return Element{Known: true, Float: v}
	case t == Bool:
		return boolElement(v != 0)
	case t.IsFloat() || math.IsNaN(v) || math.Abs(v) >= 1<<53:
		return Element{}
	}
	return integerElement(t, int64(v))
}

// integerElement is an integer as an element of type t, unknown where it
// would wrap around.
func integerElement(t DType, v int64) Element {
	bits := 8 * t.Size()
	low, high := int64(math.MinInt64)>>(64-bits), int64(math.MaxInt64)>>(64-bits)
	switch t {
	case Int64, Int32, Int16, Int8:
	case Uint32, Uint16, Uint8:
		low, high = 0, 1<<bits-1
	case Uint64:
		low, high = 0, math.MaxInt64
	default:
		return Element{}
	}
	if v < low || v > high {
		return Element{}
	}
	return intElement(v)
}

// maxElements bounds the tensors whose elements are followed: shapes are short,
// but a Split may have a size for each of many outputs.
const maxElements = 1 << 10

// tensorElements returns the elements of a small constant, nil of a large one.
func tensorElements(t *Tensor) []Element {
	if t.Type.Size() == 0 || t.Len() > maxElements {
		return nil
	}
	out := make([]Element, t.Len())
	for i := range out {
		switch {
		case t.Type == Int64:
			out[i] = intElement(t.Ints()[i])
		case t.Type.IsFloat():
			out[i] = Element{Known: true, Float: t.At(i)}
		default:
			out[i] = intElement(int64(t.At(i)))
		}
	}
	return out
}

// Ints returns a copy of the elements of an integer tensor, in row-major order;
// false unless all are known.
func (v Info) Ints() ([]int64, bool) {
	if v.Const != nil && v.Const.Type.Size() > 0 {
		return v.Const.Ints(), true
	}
	if v.Value == nil || v.Elem.IsFloat() {
		return nil, false
	}
	out := make([]int64, len(v.Value))
	for i, e := range v.Value {
		if !e.Known {
			return nil, false
		}
		out[i] = e.Int
	}
	return out, true
}

// floats returns the elements of a floating-point tensor, in row-major order;
// nil unless all are known.
func (v Info) floats() []float64 {
	if !v.Elem.IsFloat() {
		return nil
	}
	if v.Const != nil {
		return v.Const.Floats()
	}
	var out []float64
	for _, e := range v.Value {
		if !e.Known {
			return nil
		}
		out = append(out, e.Float)
	}
	return out
}

// scalar returns the one element of a tensor, an unknown one when it is not
// followed.
func (v Info) scalar() Element {
	if len(v.Value) == 1 {
		return v.Value[0]
	}
	return Element{}
}
