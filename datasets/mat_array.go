package datasets

import (
	"encoding/binary"
	"fmt"
	"math"
)

// matArray is a numeric array read from a MAT-file, in MATLAB's order: the first
// dimension fastest.
type matArray struct {
	dims  []int
	class uint8  // of the array in MATLAB, such as matUint8
	kind  uint32 // of the elements in the file, such as miUint8
	order binary.ByteOrder
	data  []byte // the elements as they lie in the file
}

// bytes returns the elements of a uint8 array.
func (a matArray) bytes() ([]uint8, error) {
	if a.class != matUint8 || a.kind != miUint8 {
		return nil, fmt.Errorf("an array of class %d (elements of type %d), want class %d, uint8", a.class, a.kind, matUint8)
	}
	return a.data, nil
}

// integers returns the elements of an array of whole numbers, whatever their
// type.
func (a matArray) integers() ([]int64, error) {
	size := matSizes[a.kind]
	values := make([]int64, len(a.data)/size)
	for i := range values {
		v, err := a.integer(a.data[i*size : (i+1)*size])
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		values[i] = v
	}
	return values, nil
}

// integer decodes one element.
func (a matArray) integer(b []byte) (int64, error) {
	var bits uint64
	switch len(b) {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(a.order.Uint16(b))
	case 4:
		bits = uint64(a.order.Uint32(b))
	default:
		bits = a.order.Uint64(b)
	}
	switch a.kind {
	case 7:
		return wholeNumber(float64(math.Float32frombits(uint32(bits))))
	case miDouble:
		return wholeNumber(math.Float64frombits(bits))
	case miInt8, 3, miInt32, 12: // signed
		shift := 64 - 8*len(b)
		return int64(bits<<shift) >> shift, nil
	}
	if bits > math.MaxInt64 {
		return 0, fmt.Errorf("%d is too large", bits)
	}
	return int64(bits), nil
}

// wholeNumber returns v as an integer, or an error when it is none.
func wholeNumber(v float64) (int64, error) {
	if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		return 0, fmt.Errorf("%v is not a whole number", v)
	}
	return int64(v), nil
}
