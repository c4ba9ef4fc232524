package arrowfile

import (
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/google/renameio/v2"
)

// parquetWriter writes a Parquet file, a row group a record batch.
type parquetWriter struct {
	file   *renameio.PendingFile
	schema *arrow.Schema
	out    *pqarrow.FileWriter // nil before the first record
}

func newParquetWriter(base string, schema *arrow.Schema) (tableWriter, error) {
	file, err := pending(base + ".parquet")
	if err != nil {
		return nil, err
	}
	return &parquetWriter{file: file, schema: schema}, nil
}

// begin opens the writer for records like the first. Arrow v15 cannot write
// vectors of a fixed size of which some are null: they become lists.
func (w *parquetWriter) begin(first arrow.Record) (err error) {
	fields := append([]arrow.Field(nil), w.schema.Fields()...)
	for i := range fields {
		if fixed, ok := fields[i].Type.(*arrow.FixedSizeListType); ok && first != nil && first.Column(i).NullN() > 0 {
			fields[i].Type = arrow.ListOf(fixed.Elem())
		}
	}
	md := w.schema.Metadata()
	w.schema = arrow.NewSchema(fields, &md)
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithDictionaryDefault(false))
	// Without its Close, for the file has to be renamed first.
	out := struct{ io.Writer }{w.file}
	w.out, err = pqarrow.NewFileWriter(w.schema, out, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	return err
}

func (w *parquetWriter) write(rec arrow.Record) error {
	if rec.NumRows() == 0 {
		return nil
	}
	if w.out == nil {
		if err := w.begin(rec); err != nil {
			return err
		}
	}
	cols := make([]arrow.Array, rec.NumCols())
	for i, col := range rec.Columns() {
		cols[i] = col
		if fixed, ok := col.(*array.FixedSizeList); ok && w.schema.Field(i).Type.ID() == arrow.LIST {
			cols[i] = asList(fixed)
			defer cols[i].Release()
		}
	}
	rec = array.NewRecord(w.schema, cols, rec.NumRows())
	defer rec.Release()
	return w.out.Write(rec)
}

// asList copies vectors into lists, those that are null without values.
func asList(from *array.FixedSizeList) arrow.Array {
	values := from.ListValues()
	b := array.NewListBuilder(memory.DefaultAllocator, values.DataType())
	defer b.Release()
	for i := range from.Len() {
		if from.IsNull(i) {
			b.AppendNull()
			continue
		}
		b.Append(true)
		start, end := from.ValueOffsets(i)
		for j := int(start); j < int(end); j++ {
			switch v := b.ValueBuilder().(type) {
			case *array.Float32Builder:
				v.Append(values.(*array.Float32).Value(j))
			case *array.Float64Builder:
				v.Append(values.(*array.Float64).Value(j))
			}
		}
	}
	return b.NewArray()
}

func (w *parquetWriter) commit() error {
	if w.out == nil { // a table without rows
		if err := w.begin(nil); err != nil {
			return err
		}
	}
	if err := w.out.Close(); err != nil {
		return err
	}
	return w.file.CloseAtomicallyReplace()
}

func (w *parquetWriter) abort() { _ = w.file.Cleanup() } // nothing to lose
