package ort

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
	"unsafe"
)

// Buffer is a dense row-major tensor whose elements lie off the Go heap, 64-byte aligned, at one place for its whole life.
//
// Its slices (Float32s, Bytes, …) are views of that memory: they are no longer valid once the buffer and its bindings are closed.
type Buffer struct {
	dtype  DType
	shape  []int64
	data   []byte
	free   func()
	closed atomic.Bool
	users  atomic.Int32 // the owner, until Close, and every open binding
}

// NewBuffer returns a zeroed tensor; no dimensions make a rank-0 tensor of one element. The caller must Close it.
func NewBuffer(t DType, shape ...int64) (*Buffer, error) {
	size, err := byteSize(t, shape)
	if err != nil {
		return nil, err
	}
	data, free, err := allocate(size)
	if err != nil {
		return nil, fmt.Errorf("allocate %s%v: %w", t, shape, err)
	}
	return newBuffer(t, shape, data, free), nil
}

func newBuffer(t DType, shape []int64, data []byte, free func()) *Buffer {
	b := &Buffer{dtype: t, shape: slices.Clone(shape), data: data, free: free}
	b.users.Store(1)
	return b
}

// byteSize is the number of bytes of a tensor, or an error when that is not a number.
func byteSize(t DType, shape []int64) (int, error) {
	if t.Size() == 0 {
		return 0, fmt.Errorf("tensors of type %s are not supported", t)
	}
	size := uint64(t.Size())
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("tensor shape %v has a negative dimension", shape)
		}
		hi, lo := bits.Mul64(size, uint64(d))
		if hi != 0 || lo > math.MaxInt {
			return 0, fmt.Errorf("tensor shape %v is too large", shape)
		}
		size = lo
	}
	return int(size), nil
}

// DType is the buffer's element type.
func (b *Buffer) DType() DType { return b.dtype }

// Shape is a copy of the buffer's shape; it has no elements for a rank-0 tensor.
func (b *Buffer) Shape() []int64 { return slices.Clone(b.shape) }

// String is the buffer's type and shape in the form "float32[16 10]".
func (b *Buffer) String() string { return fmt.Sprintf("%s%v", b.dtype, b.shape) }

// Bytes is the buffer's memory as bytes, in the machine's byte order.
func (b *Buffer) Bytes() []byte {
	if b.closed.Load() {
		panic("ort: use of a closed buffer")
	}
	return b.data
}

// Float32s is the buffer's memory; it panics if the buffer does not hold float32.
func (b *Buffer) Float32s() []float32 { return view[float32](b, Float32) }

// Int64s is the buffer's memory; it panics if the buffer does not hold int64.
func (b *Buffer) Int64s() []int64 { return view[int64](b, Int64) }

// Uint8s is the buffer's memory; it panics if the buffer does not hold uint8.
func (b *Buffer) Uint8s() []uint8 { return view[uint8](b, Uint8) }

func view[T any](b *Buffer, t DType) []T {
	if b.dtype != t {
		panic(fmt.Sprintf("ort: a %s buffer read as %s", b.dtype, t))
	}
	data := b.Bytes()
	if len(data) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/t.Size())
}

// Close gives the memory back, once no open Binding uses it. Closing twice is harmless. It always returns nil.
func (b *Buffer) Close() error {
	if b.closed.CompareAndSwap(false, true) {
		b.release()
	}
	return nil
}

// retain keeps the memory beyond Close, until release.
func (b *Buffer) retain() {
	if b.closed.Load() {
		panic("ort: use of a closed buffer")
	}
	b.users.Add(1)
}

func (b *Buffer) release() {
	if b.users.Add(-1) == 0 {
		b.free()
		b.data = nil
	}
}
