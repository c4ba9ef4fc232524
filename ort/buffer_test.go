package ort_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/memdil/memdil/ort"
)

func TestBufferIsAlignedZeroedAndSized(t *testing.T) {
	for _, c := range []struct {
		dtype ort.DType
		shape []int64
		bytes int
	}{
		{ort.Float32, nil, 4}, {ort.Float32, []int64{3}, 12}, {ort.Float64, []int64{2, 5}, 80}, {ort.Int64, []int64{1, 1, 1}, 8},
		{ort.Int32, []int64{7}, 28}, {ort.Uint8, []int64{3, 32, 32}, 3072}, {ort.Bool, []int64{9}, 9}, {ort.Int8, []int64{2}, 2},
		{ort.Float16, []int64{2}, 4}, {ort.Float32, []int64{0, 4}, 0}, {ort.Float32, []int64{1 << 22}, 1 << 24},
	} {
		b, err := ort.NewBuffer(c.dtype, c.shape...)
		if err != nil {
			t.Fatal(err)
		}
		data := b.Bytes()
		if len(data) != c.bytes || !slices.Equal(b.Shape(), c.shape) || b.DType() != c.dtype {
			t.Errorf("%s%v: %d bytes of %s%v, want %d", c.dtype, c.shape, len(data), b.DType(), b.Shape(), c.bytes)
		}
		if p := uintptr(unsafe.Pointer(unsafe.SliceData(data))); p%64 != 0 {
			t.Errorf("%s%v: lies at %#x", c.dtype, c.shape, p)
		}
		if slices.ContainsFunc(data, func(b byte) bool { return b != 0 }) {
			t.Errorf("%s%v: not zeroed", c.dtype, c.shape)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestBufferViewsShareTheMemory(t *testing.T) {
	b, err := ort.NewBuffer(ort.Int64, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.Int64s()[1] = -1
	if got := b.Bytes(); !slices.Equal(got[8:], slices.Repeat([]byte{0xFF}, 8)) || got[0] != 0 {
		t.Errorf("bytes %v", got)
	}
	if len(b.Int64s()) != 2 {
		t.Errorf("%d elements, want 2", len(b.Int64s()))
	}
	panics(t, "ort: a int64 buffer read as float32", func() { b.Float32s() })
}

func TestBufferRefusesBadShapes(t *testing.T) {
	for _, c := range []struct {
		dtype ort.DType
		shape []int64
		want  string
	}{
		{ort.Float32, []int64{2, -1}, "negative"},
		{ort.Float64, []int64{math.MaxInt64, 2}, "too large"},
		{ort.Float64, []int64{1 << 60}, "too large"},
		{ort.Uint8, []int64{math.MaxInt64}, "memory"},
		{ort.DType(8), nil, "DType(8)"}, // ONNX's strings
	} {
		if _, err := ort.NewBuffer(c.dtype, c.shape...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%v: error %v, want %q", c.dtype, c.shape, err, c.want)
		}
	}
}
