package graphs

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tensor is a constant: dense values in row-major order.
type Tensor struct {
	Name string
	Type DType
	Dims []int64
	// Data holds the elements in little-endian order, Type.Size() bytes each.
	// It is never written in place: copies of a model share it.
	Data []byte
	// Strings holds the elements of a String tensor instead.
	Strings []string
}

// Len returns the number of elements.
func (t *Tensor) Len() int { return int(elements(t.Dims)) }

func elements(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}

// TensorType returns element type and shape of the tensor.
func (t *Tensor) TensorType() Type { return Type{t.Type, StaticShape(t.Dims...)} }

// NewFloats returns a float32 tensor with a copy of the values. It panics
// when their number is not the product of dims.
func NewFloats(name string, dims []int64, values []float32) *Tensor {
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	return newTensor(name, Float32, dims, data)
}

// NewInts returns an int64 tensor with a copy of the values. It panics when
// their number is not the product of dims.
func NewInts(name string, dims []int64, values []int64) *Tensor {
	data := make([]byte, 8*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint64(data[8*i:], uint64(v))
	}
	return newTensor(name, Int64, dims, data)
}

// NewTensor returns a tensor of any numeric type but the half-precision ones
// holding the values, rounded to that type. It panics for other types and when
// the number of values is not the product of dims.
func NewTensor(name string, t DType, dims []int64, values []float64) *Tensor {
	data := make([]byte, t.Size()*len(values))
	for i, v := range values {
		putElement(t, data[i*t.Size():], v)
	}
	return newTensor(name, t, dims, data)
}

func newTensor(name string, t DType, dims []int64, data []byte) *Tensor {
	if dims == nil {
		dims = []int64{}
	}
	if t.Size() == 0 || int64(len(data)) != elements(dims)*int64(t.Size()) {
		panic(fmt.Sprintf("graphs: %d bytes do not fill a %s tensor of shape %v", len(data), t, dims))
	}
	return &Tensor{Name: name, Type: t, Dims: dims, Data: data}
}

func putElement(t DType, b []byte, v float64) {
	switch t {
	case Float32:
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(v)))
	case Float64:
		binary.LittleEndian.PutUint64(b, math.Float64bits(v))
	case Float16:
		binary.LittleEndian.PutUint16(b, halfBits(v))
	case BFloat16:
		binary.LittleEndian.PutUint16(b, bfloatBits(v))
	case Int64:
		binary.LittleEndian.PutUint64(b, uint64(int64(v)))
	case Uint64:
		binary.LittleEndian.PutUint64(b, uint64(v))
	case Int32:
		binary.LittleEndian.PutUint32(b, uint32(int32(v)))
	case Uint32:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case Int16:
		binary.LittleEndian.PutUint16(b, uint16(int16(v)))
	case Uint16:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case Int8:
		b[0] = byte(int8(v))
	case Uint8, Bool:
		b[0] = byte(v)
	default:
		panic("graphs: no numeric element type " + t.String())
	}
}

// Floats returns the values of a numeric tensor as float64.
func (t *Tensor) Floats() []float64 {
	out := make([]float64, t.Len())
	for i := range out {
		out[i] = t.At(i)
	}
	return out
}

// Float32s returns the values of a float32 tensor in a new slice. It panics
// for other types.
func (t *Tensor) Float32s() []float32 {
	out := make([]float32, t.Len())
	t.CopyFloat32s(out)
	return out
}

// CopyFloat32s writes the values of a float32 tensor to dst, which has room for
// them. It panics for other types.
func (t *Tensor) CopyFloat32s(dst []float32) {
	if t.Type != Float32 {
		panic("graphs: tensor " + t.Name + " is " + t.Type.String() + ", not float")
	}
	dst = dst[:t.Len()]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
}

// Ints returns the values of a numeric tensor as int64.
func (t *Tensor) Ints() []int64 {
	out := make([]int64, t.Len())
	for i := range out {
		if t.Type == Int64 {
			out[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
		} else {
			out[i] = int64(t.At(i))
		}
	}
	return out
}

// At returns element i (in row-major order) of a numeric tensor.
func (t *Tensor) At(i int) float64 {
	b := t.Data[i*t.Type.Size():]
	switch t.Type {
	case Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case Float64:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case Int64:
		return float64(int64(binary.LittleEndian.Uint64(b)))
	case Uint64:
		return float64(binary.LittleEndian.Uint64(b))
	case Int32:
		return float64(int32(binary.LittleEndian.Uint32(b)))
	case Uint32:
		return float64(binary.LittleEndian.Uint32(b))
	case Int16:
		return float64(int16(binary.LittleEndian.Uint16(b)))
	case Uint16:
		return float64(binary.LittleEndian.Uint16(b))
	case Int8:
		return float64(int8(b[0]))
	case Uint8, Bool:
		return float64(b[0])
	case Float16:
		return halfToFloat(binary.LittleEndian.Uint16(b))
	case BFloat16:
		return float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16))
	}
	panic("graphs: no numeric element type " + t.Type.String())
}
