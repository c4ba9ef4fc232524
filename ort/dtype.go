package ort

import "fmt"

// DType is the element type of a tensor. Its values are ONNX's own (TensorProto.DataType).
type DType uint8

// The element types a Buffer can hold.
const (
	Float32 DType = 1
	Uint8   DType = 2
	Int8    DType = 3
	Int32   DType = 6
	Int64   DType = 7
	Bool    DType = 9
	Float16 DType = 10
	Float64 DType = 11
)

var dtypes = map[DType]struct {
	name string
	size int
}{
	Float32: {"float32", 4},
	Uint8:   {"uint8", 1},
	Int8:    {"int8", 1},
	Int32:   {"int32", 4},
	Int64:   {"int64", 8},
	Bool:    {"bool", 1},
	Float16: {"float16", 2},
	Float64: {"float64", 8},
}

// String is the type's name as numpy writes it.
func (t DType) String() string {
	if d, ok := dtypes[t]; ok {
		return d.name
	}
	return fmt.Sprintf("DType(%d)", uint8(t))
}

// Size is the number of bytes of one element, 0 for a type that no Buffer can hold.
func (t DType) Size() int { return dtypes[t].size }
