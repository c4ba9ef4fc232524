package features

import (
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Vectors are the values of a column of float64 vectors of one width, at least
// 1; a nil row is null. WriteTable takes them, ReadTable does not.
type Vectors struct {
	Width int
	Rows  [][]float64
}

// OptionalInts are the values of an int32 column in which nil is null.
// WriteTable takes them, ReadTable does not.
type OptionalInts []*int32

// Lists are the values of a column of float64 vectors of any widths, at most
// 2³¹−1 numbers in all. WriteTable takes them, ReadTable does not.
type Lists [][]float64

func (v Lists) array() arrow.Array {
	b := array.NewListBuilder(allocator, arrow.PrimitiveTypes.Float64)
	defer b.Release()
	for _, row := range v {
		b.Append(true)
		b.ValueBuilder().(*array.Float64Builder).AppendValues(row, nil)
	}
	return b.NewArray()
}

func (v Vectors) array() arrow.Array {
	b := array.NewFixedSizeListBuilder(allocator, int32(v.Width), arrow.PrimitiveTypes.Float64)
	defer b.Release()
	values := b.ValueBuilder().(*array.Float64Builder)
	for _, row := range v.Rows {
		b.Append(row != nil)
		for i := range v.Width {
			if row == nil {
				values.AppendNull()
			} else {
				values.Append(row[i])
			}
		}
	}
	return b.NewArray()
}

func (v OptionalInts) array() arrow.Array {
	b := array.NewInt32Builder(allocator)
	defer b.Release()
	for _, x := range v {
		if x == nil {
			b.AppendNull()
		} else {
			b.Append(*x)
		}
	}
	return b.NewArray()
}
