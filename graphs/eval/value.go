package eval

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// Value is a dense tensor in row-major order. The elements of floating types
// are in F, those of integers and booleans (0 and 1) in I; Type is the
// declared type.
type Value struct {
	Type  graphs.DType
	Shape []int
	F     []float64
	I     []int64
}

// Floats returns a value declared float32 that holds v. It panics when the
// length of v is not the product of shape.
func Floats(shape []int, v ...float64) *Value {
	return mustHold(&Value{Type: graphs.Float32, Shape: shape, F: v})
}

// Ints returns an int64 value that holds v. It panics when the length of v is
// not the product of shape.
func Ints(shape []int, v ...int64) *Value {
	return mustHold(&Value{Type: graphs.Int64, Shape: shape, I: v})
}

func mustHold(v *Value) *Value {
	if err := v.check(); err != nil {
		panic("eval: " + err.Error())
	}
	return v
}

// FromTensor returns the elements of t. A string tensor gives a value without
// elements, which every operator refuses.
func FromTensor(t *graphs.Tensor) *Value {
	v := &Value{Type: t.Type, Shape: make([]int, len(t.Dims))}
	for i, d := range t.Dims {
		v.Shape[i] = int(d)
	}
	switch {
	case t.Type.IsFloat():
		v.F = t.Floats()
	case t.Type == graphs.Uint64:
		v.I = make([]int64, t.Len())
		for i := range v.I {
			v.I[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
		}
	case t.Type.Size() > 0:
		v.I = t.Ints()
		v = v.wrapped() // a byte other than 0 and 1 may stand for true
	}
	return v
}

// Tensor returns v as a constant, its elements rounded to the declared type.
func (v *Value) Tensor(name string) *graphs.Tensor {
	dims := make([]int64, len(v.Shape))
	for i, d := range v.Shape {
		dims[i] = int64(d)
	}
	if v.isFloat() {
		return graphs.NewTensor(name, v.Type, dims, v.F)
	}
	var data []byte
	for _, x := range v.I {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(x))
		data = append(data, b[:v.Type.Size()]...)
	}
	return &graphs.Tensor{Name: name, Type: v.Type, Dims: dims, Data: data}
}

// String returns type and shape, as in "float[2, 3]".
func (v *Value) String() string {
	if v == nil {
		return "nothing"
	}
	return v.Type.String() + strings.ReplaceAll(fmt.Sprint(v.Shape), " ", ", ")
}

// isFloat reports whether the elements are in F.
func (v *Value) isFloat() bool { return v.Type.IsFloat() }

// size returns the number of elements.
func (v *Value) size() int { return count(v.Shape) }

// check says what is wrong with a value made by the caller.
func (v *Value) check() error {
	if v.Type.Size() == 0 {
		return fmt.Errorf("elements of type %s cannot be computed with", v.Type)
	}
	n, err := checkShape(v.Shape)
	if err != nil {
		return err
	}
	f, i := n, 0
	if !v.isFloat() {
		f, i = 0, n
	}
	if len(v.F) != f || len(v.I) != i {
		return fmt.Errorf("%d floats and %d integers do not fill %s", len(v.F), len(v.I), v)
	}
	return nil
}

// zeros returns a value of the given type filled with zeros.
func zeros(t graphs.DType, shape []int) *Value {
	v := &Value{Type: t, Shape: slices.Clone(shape)}
	if t.IsFloat() {
		v.F = make([]float64, count(shape))
	} else {
		v.I = make([]int64, count(shape))
	}
	return v
}

// reshaped returns the same elements in another shape of the same size.
func (v *Value) reshaped(shape []int) *Value {
	return &Value{Type: v.Type, Shape: slices.Clone(shape), F: v.F, I: v.I}
}

// floats returns the elements as float64, whatever their type.
func (v *Value) floats() []float64 {
	if v.isFloat() {
		return v.F
	}
	out := make([]float64, len(v.I))
	for i, x := range v.I {
		out[i] = float64(x)
	}
	return out
}

// take returns the elements of v at the given places; a negative place gives
// zero.
func (v *Value) take(shape, places []int) *Value {
	out := zeros(v.Type, shape)
	if v.isFloat() {
		takeInto(out.F, v.F, places)
	} else {
		takeInto(out.I, v.I, places)
	}
	return out
}

func takeInto[E any](dst, src []E, places []int) {
	for i, p := range places {
		if p >= 0 {
			dst[i] = src[p]
		}
	}
}

// wrapped returns integers reduced to the range of their declared type, as
// its arithmetic does.
func (v *Value) wrapped() *Value {
	wrap, ok := wraps[v.Type]
	if !ok {
		return v
	}
	out := zeros(v.Type, v.Shape)
	for i, x := range v.I {
		out.I[i] = wrap(x)
	}
	return out
}

var wraps = map[graphs.DType]func(int64) int64{
	graphs.Bool:   func(x int64) int64 { return truth(x != 0) },
	graphs.Int8:   func(x int64) int64 { return int64(int8(x)) },
	graphs.Int16:  func(x int64) int64 { return int64(int16(x)) },
	graphs.Int32:  func(x int64) int64 { return int64(int32(x)) },
	graphs.Uint8:  func(x int64) int64 { return int64(uint8(x)) },
	graphs.Uint16: func(x int64) int64 { return int64(uint16(x)) },
	graphs.Uint32: func(x int64) int64 { return int64(uint32(x)) },
}
