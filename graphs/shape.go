package graphs

import (
	"slices"
	"strconv"
	"strings"
)

// Dim is one dimension of a shape: a known size, a symbol such as "N" that
// stands for the same size wherever it appears, or unknown.
type Dim struct {
	// Size is the number of elements, or −1 when it is symbolic or unknown.
	Size int64
	// Symbol names a symbolic size; empty for known and unknown sizes.
	Symbol string
}

// UnknownDim is a dimension of which nothing is known.
var UnknownDim = Dim{Size: -1}

// Known returns the dimension of n elements.
func Known(n int64) Dim { return Dim{Size: n} }

// Symbolic returns the dimension named s.
func Symbolic(s string) Dim { return Dim{Size: -1, Symbol: s} }

// IsKnown reports whether d has a known size.
func (d Dim) IsKnown() bool { return d.Size >= 0 }

// Equals reports whether d and e are surely the same size: the same known
// size or the same symbol. Two unknown dimensions are not.
func (d Dim) Equals(e Dim) bool { return d == e && d != UnknownDim }

// String returns the size, the symbol, or "?".
func (d Dim) String() string {
	switch {
	case d.IsKnown():
		return strconv.FormatInt(d.Size, 10)
	case d.Symbol != "":
		return d.Symbol
	}
	return "?"
}

// Shape is the dimensions of a tensor. A nil Shape is one of unknown rank;
// Shape{} is that of a scalar.
type Shape []Dim

// StaticShape returns the shape with the given known sizes.
func StaticShape(dims ...int64) Shape {
	s := make(Shape, len(dims))
	for i, d := range dims {
		s[i] = Known(d)
	}
	return s
}

// IsStatic reports whether rank and every size are known.
func (s Shape) IsStatic() bool {
	return s != nil && !slices.ContainsFunc(s, func(d Dim) bool { return !d.IsKnown() })
}

// Dims returns the sizes, −1 where one is not known.
func (s Shape) Dims() []int64 {
	out := make([]int64, len(s))
	for i, d := range s {
		out[i] = d.Size
	}
	return out
}

// Elements returns the number of elements of a static shape, and false for
// any other shape, or one with more elements than can be counted.
func (s Shape) Elements() (int64, bool) {
	if !s.IsStatic() {
		return 0, false
	}
	n := product(s)
	return max(0, n.Size), n.IsKnown()
}

// Equals reports whether s and t surely are the same shape.
func (s Shape) Equals(t Shape) bool {
	return s != nil && t != nil && slices.EqualFunc(s, t, Dim.Equals)
}

// Compatible reports whether s and t may be the same shape: no known size or
// rank contradicts.
func (s Shape) Compatible(t Shape) bool {
	if s == nil || t == nil {
		return true
	}
	return slices.EqualFunc(s, t, func(d, e Dim) bool {
		return !d.IsKnown() || !e.IsKnown() || d.Size == e.Size
	})
}

// String returns the shape as "[N, 3, 32]"; "[]" is a scalar and "?" a shape
// of unknown rank.
func (s Shape) String() string {
	if s == nil {
		return "?"
	}
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Type is the element type and shape of a tensor.
type Type struct {
	Elem  DType
	Shape Shape
}

// String returns the type as in "float[N, 10]".
func (t Type) String() string { return t.Elem.String() + t.Shape.String() }
