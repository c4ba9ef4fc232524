package arrowfile

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
)

// parquetLeaf is one column of values in a row group.
type parquetLeaf struct {
	reader  file.ColumnChunkReader
	kind    arrow.DataType // in record batches
	defined int16          // the definition level of a value that is not null
}

// read returns the next n values.
func (l *parquetLeaf) read(n int) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, l.kind)
	defer b.Release()
	levels := make([]int16, n)
	for b.Len() < n {
		rows, err := l.append(b, levels[:n-b.Len()])
		if err != nil {
			return nil, err
		}
		if rows == 0 {
			return nil, fmt.Errorf("it ends %d rows early: %w", n-b.Len(), ErrTruncated)
		}
	}
	return b.NewArray(), nil
}

// append reads at most len(levels) rows, with nulls where their levels say so.
func (l *parquetLeaf) append(b array.Builder, levels []int16) (rows int64, err error) {
	n := len(levels)
	for i := range levels {
		levels[i] = l.defined // what columns without levels leave as it is
	}
	switch reader := l.reader.(type) {
	case *file.Int32ColumnChunkReader:
		values := make([]int32, n)
		rows, _, err = reader.ReadBatch(int64(n), values, levels, nil)
		err = spread(err, levels[:rows], l.defined, values, b, func(v int32) { b.(*array.Int64Builder).Append(int64(v)) })
	case *file.Int64ColumnChunkReader:
		values := make([]int64, n)
		rows, _, err = reader.ReadBatch(int64(n), values, levels, nil)
		err = spread(err, levels[:rows], l.defined, values, b, b.(*array.Int64Builder).Append)
	case *file.ByteArrayColumnChunkReader:
		values := make([]parquet.ByteArray, n)
		rows, _, err = reader.ReadBatch(int64(n), values, levels, nil)
		err = spread(err, levels[:rows], l.defined, values, b, appendBytes(b))
	default:
		err = fmt.Errorf("values of type %s are not read", l.reader.Type())
	}
	return rows, err
}

// spread appends values to b, a null for every level below that of a value.
func spread[T any](err error, levels []int16, defined int16, values []T, b array.Builder, add func(T)) error {
	if err != nil {
		return err
	}
	at := 0
	for _, level := range levels {
		if level < defined {
			b.AppendNull()
			continue
		}
		add(values[at])
		at++
	}
	return nil
}

// appendBytes copies what is in the reader's buffers.
func appendBytes(b array.Builder) func(parquet.ByteArray) {
	if text, ok := b.(*array.StringBuilder); ok {
		return func(v parquet.ByteArray) { text.Append(string(v)) }
	}
	return func(v parquet.ByteArray) { b.(*array.BinaryBuilder).Append(v) }
}
