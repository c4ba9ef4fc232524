package graphs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// tensor decodes one tensor from any of the fields that may hold its values.
// Nothing is allocated for dimensions that the data does not fill.
func (d decoder) tensor(p *onnxpb.TensorProto) (*Tensor, error) {
	t := &Tensor{
		Name: p.GetName(),
		Type: DType(p.GetDataType()),
		Dims: append([]int64{}, p.GetDims()...),
	}
	if err := d.fill(t, p); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	return t, nil
}

func (d decoder) fill(t *Tensor, p *onnxpb.TensorProto) error {
	if _, ok := dtypes[t.Type]; !ok {
		return fmt.Errorf("element type %s is not supported", t.Type)
	}
	if p.GetSegment() != nil {
		return errors.New("it is split into segments, which are not supported")
	}
	n, err := checkedSize(t.Dims, max(t.Type.Size(), 1))
	if err != nil {
		return err
	}
	external := p.GetDataLocation() == onnxpb.TensorProto_EXTERNAL
	switch {
	case t.Type == String && (external || len(p.GetRawData()) > 0):
		return errors.New("strings must be stored in string_data")
	case t.Type == String:
		t.Strings = toStrings(p.GetStringData())
		return matchLength(t, len(t.Strings), n, "strings")
	case external:
		t.Data, err = d.external.read(p.GetExternalData(), n)
		return err
	case len(p.GetRawData()) > 0:
		t.Data = p.GetRawData()
	default:
		if t.Data, err = typedData(t.Type, p); err != nil {
			return err
		}
	}
	return matchLength(t, len(t.Data), n, "bytes")
}

func matchLength(t *Tensor, got int, want int64, unit string) error {
	if int64(got) != want {
		return fmt.Errorf("it holds %d %s where %s of dims %v needs %d", got, unit, t.Type, t.Dims, want)
	}
	return nil
}

// checkedSize returns the size in bytes of a tensor, refusing negative
// dimensions and sizes that overflow.
func checkedSize(dims []int64, elementSize int) (int64, error) {
	size, empty, overflow := uint64(elementSize), false, false
	for _, d := range dims {
		if d < 0 {
			return 0, fmt.Errorf("dims %v: %d is negative", dims, d)
		}
		hi, lo := bits.Mul64(size, uint64(d))
		overflow = overflow || hi != 0 || lo > math.MaxInt64
		empty = empty || d == 0
		size = lo
	}
	switch {
	case empty:
		return 0, nil
	case overflow:
		return 0, fmt.Errorf("dims %v are too large", dims)
	}
	return int64(size), nil
}

// typedData converts the values of the typed fields to little-endian bytes.
func typedData(t DType, p *onnxpb.TensorProto) ([]byte, error) {
	le := binary.LittleEndian
	switch t {
	case Float32:
		return appendAll(p.GetFloatData(), 4, func(b []byte, v float32) []byte {
			return le.AppendUint32(b, math.Float32bits(v))
		}), nil
	case Float64:
		return appendAll(p.GetDoubleData(), 8, func(b []byte, v float64) []byte {
			return le.AppendUint64(b, math.Float64bits(v))
		}), nil
	case Int64:
		return appendAll(p.GetInt64Data(), 8, func(b []byte, v int64) []byte {
			return le.AppendUint64(b, uint64(v))
		}), nil
	case Uint64:
		return appendAll(p.GetUint64Data(), 8, le.AppendUint64), nil
	case Uint32:
		for _, v := range p.GetUint64Data() {
			if v > math.MaxUint32 {
				return nil, fmt.Errorf("value %d does not fit into %s", v, t)
			}
		}
		return appendAll(p.GetUint64Data(), 4, func(b []byte, v uint64) []byte {
			return le.AppendUint32(b, uint32(v))
		}), nil
	}
	return smallData(t, p.GetInt32Data())
}

// smallRanges bounds the values that int32_data may hold for each type.
// Float16 and BFloat16 are stored as their bits.
var smallRanges = map[DType]struct{ low, high int32 }{
	Int32: {math.MinInt32, math.MaxInt32}, Int16: {math.MinInt16, math.MaxInt16}, Int8: {math.MinInt8, math.MaxInt8},
	Uint16: {0, math.MaxUint16}, Uint8: {0, math.MaxUint8}, Bool: {0, 1},
	Float16: {0, math.MaxUint16}, BFloat16: {0, math.MaxUint16},
}

func smallData(t DType, values []int32) ([]byte, error) {
	limits, size := smallRanges[t], t.Size()
	out := make([]byte, 0, size*len(values))
	for _, v := range values {
		if v < limits.low || v > limits.high {
			return nil, fmt.Errorf("value %d does not fit into %s", v, t)
		}
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], uint32(v))
		out = append(out, b[:size]...)
	}
	return out, nil
}

func appendAll[T any](values []T, size int, put func([]byte, T) []byte) []byte {
	out := make([]byte, 0, size*len(values))
	for _, v := range values {
		out = put(out, v)
	}
	return out
}
