package graphs

import "fmt"

// DType is the element type of a tensor, numbered as in ONNX's
// TensorProto.DataType.
type DType int32

// The element types memdil computes with, and those it only passes on.
const (
	Undefined DType = 0
	Float32   DType = 1
	Uint8     DType = 2
	Int8      DType = 3
	Uint16    DType = 4
	Int16     DType = 5
	Int32     DType = 6
	Int64     DType = 7
	String    DType = 8
	Bool      DType = 9
	Float16   DType = 10
	Float64   DType = 11
	Uint32    DType = 12
	Uint64    DType = 13
	BFloat16  DType = 16
)

var dtypes = map[DType]struct {
	name string
	size int
}{
	Float32: {"float", 4}, Uint8: {"uint8", 1}, Int8: {"int8", 1}, Uint16: {"uint16", 2},
	Int16: {"int16", 2}, Int32: {"int32", 4}, Int64: {"int64", 8}, String: {"string", 0},
	Bool: {"bool", 1}, Float16: {"float16", 2}, Float64: {"double", 8}, Uint32: {"uint32", 4},
	Uint64: {"uint64", 8}, BFloat16: {"bfloat16", 2},
}

// String returns ONNX's own name of the type, such as "float" or "int64".
func (t DType) String() string {
	if d, ok := dtypes[t]; ok {
		return d.name
	}
	return fmt.Sprintf("dtype(%d)", int32(t))
}

// Size returns the bytes of one element, 0 for strings and unknown types.
func (t DType) Size() int { return dtypes[t].size }

// IsFloat reports whether t is a floating-point type.
func (t DType) IsFloat() bool {
	return t == Float32 || t == Float64 || t == Float16 || t == BFloat16
}

// ParseDType returns the type with ONNX's name s.
func ParseDType(s string) (DType, bool) {
	for t, d := range dtypes {
		if d.name == s {
			return t, true
		}
	}
	return Undefined, false
}
