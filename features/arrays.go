package features

import (
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// allocator provides the memory of Arrow's readers and writers; tests check that
// all of it is given back.
var allocator = memory.DefaultAllocator

// The functions of this file view Go slices as Arrow arrays without copying.
// The arrays are valid while the slices are unchanged.

// newRecord makes a record of cols and lets go of them.
func newRecord(schema *arrow.Schema, cols []arrow.Array, rows int) arrow.Record {
	rec := array.NewRecord(schema, cols, int64(rows))
	for _, c := range cols {
		c.Release()
	}
	return rec
}

func primitive(dt arrow.DataType, n int, bytes []byte) arrow.Array {
	data := array.NewData(dt, n, []*memory.Buffer{nil, memory.NewBufferBytes(bytes)}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func int8Array(v []int8) arrow.Array {
	return primitive(arrow.PrimitiveTypes.Int8, len(v), arrow.Int8Traits.CastToBytes(v))
}

func int32Array(v []int32) arrow.Array {
	return primitive(arrow.PrimitiveTypes.Int32, len(v), arrow.Int32Traits.CastToBytes(v))
}

func int64Array(v []int64) arrow.Array {
	return primitive(arrow.PrimitiveTypes.Int64, len(v), arrow.Int64Traits.CastToBytes(v))
}

func float32Array(v []float32) arrow.Array {
	return primitive(arrow.PrimitiveTypes.Float32, len(v), arrow.Float32Traits.CastToBytes(v))
}

func float64Array(v []float64) arrow.Array {
	return primitive(arrow.PrimitiveTypes.Float64, len(v), arrow.Float64Traits.CastToBytes(v))
}

// stringArray is the one that copies.
func stringArray(v []string) arrow.Array {
	offsets, text := make([]int32, 1, len(v)+1), []byte{}
	for _, s := range v {
		text = append(text, s...)
		offsets = append(offsets, int32(len(text)))
	}
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(text)}
	data := array.NewData(arrow.BinaryTypes.String, len(v), buffers, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// vectorType is the type of a column of float32 vectors.
func vectorType(width int) arrow.DataType {
	return arrow.FixedSizeListOf(int32(width), arrow.PrimitiveTypes.Float32)
}

// vectorArray views v (n×width, row-major) as n vectors.
func vectorArray(v []float32, width int) arrow.Array {
	values := float32Array(v)
	defer values.Release()
	data := array.NewData(vectorType(width), len(v)/width, []*memory.Buffer{nil},
		[]arrow.ArrayData{values.Data()}, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
