package arrowfile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

const (
	parquetMagic = "PAR1"
	// parquetRows is the number of rows of a record batch.
	parquetRows = 256
	// parquetRoom is how much more than the file's size its pages may unpack to.
	parquetRoom = 256 << 20
)

// ParquetReader iterates over record batches of a Parquet file. Of the columns it reads
// whole numbers, texts and binaries, and groups of these, none of them repeated;
// others it does not have. Whole numbers are int64, whatever their size.
//
// Arrow's own reader of record batches decodes in goroutines, where a broken
// file's panic ends the program; this one reads column by column.
type ParquetReader struct {
	file    *file.Reader
	schema  *arrow.Schema
	columns []parquetColumn
	group   int // the next row group
	left    int64
	leaves  []*parquetLeaf // of the row group at work
	rec     arrow.Record
	rows    int64 // read so far
}

var _ Table = (*ParquetReader)(nil)

// parquetColumn is a column with the numbers of its leaves.
type parquetColumn struct {
	field  arrow.Field
	leaves []int
}

// OpenParquet opens a Parquet file to read the named columns, all that can be
// read without a name. Errors do not name the file, see [ReadError].
func OpenParquet(path string, allocator memory.Allocator, columns ...string) (*ParquetReader, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	p, err := newParquet(in, allocator, columns)
	if err != nil {
		in.Close()
		return nil, err
	}
	return p, nil
}

// newParquet reads the footer, which it checks before.
func newParquet(in parquet.ReaderAtSeeker, allocator memory.Allocator, columns []string) (*ParquetReader, error) {
	size, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if err := checkParquetFooter(in, size); err != nil {
		return nil, err
	}
	p := &ParquetReader{}
	err = Protect(func() error {
		bounded := &boundedAllocator{Allocator: allocator, limit: int(min(size, math.MaxInt32)) + parquetRoom, most: math.MaxInt}
		var err error
		if p.file, err = file.NewParquetReader(in, file.WithReadProps(parquet.NewReaderProperties(bounded))); err != nil {
			return err
		}
		return p.choose(columns)
	})
	return p, err
}

// choose settles the columns to be read.
func (p *ParquetReader) choose(names []string) error {
	meta := p.file.MetaData()
	var fields []arrow.Field
	root := meta.Schema.Root()
	for i := range root.NumFields() {
		node := root.Field(i)
		if len(names) > 0 && !slices.Contains(names, node.Name()) {
			continue
		}
		if column, ok := newParquetColumn(meta.Schema, node); ok {
			p.columns = append(p.columns, column)
			fields = append(fields, column.field)
		}
	}
	var metadata arrow.Metadata
	if kv := meta.KeyValueMetadata(); kv != nil {
		metadata = arrow.NewMetadata(kv.Keys(), kv.Values())
	}
	p.schema = arrow.NewSchema(fields, &metadata)
	for _, name := range names {
		if len(p.schema.FieldIndices(name)) == 0 {
			return fmt.Errorf("column %s is missing, or of a type that is not read", name)
		}
	}
	return nil
}

// newParquetColumn returns the column of a node below the root, false for one
// that cannot be read.
func newParquetColumn(s *schema.Schema, node schema.Node) (parquetColumn, bool) {
	c := parquetColumn{field: arrow.Field{Name: node.Name(), Nullable: true}}
	group, isGroup := node.(*schema.GroupNode)
	if !isGroup {
		c.leaves = []int{s.ColumnIndexByNode(node)}
		c.field.Type = leafType(s, c.leaves[0])
		return c, c.field.Type != nil
	}
	var children []arrow.Field
	for i := range group.NumFields() {
		child := group.Field(i)
		leaf := s.ColumnIndexByNode(child)
		kind := leafType(s, leaf)
		if kind == nil {
			return c, false
		}
		c.leaves = append(c.leaves, leaf)
		children = append(children, arrow.Field{Name: child.Name(), Type: kind, Nullable: true})
	}
	c.field.Type = arrow.StructOf(children...)
	return c, len(children) > 0
}

// leafType returns the type of a leaf in record batches, nil if it is not read.
func leafType(s *schema.Schema, leaf int) arrow.DataType {
	if leaf < 0 {
		return nil // a group
	}
	column := s.Column(leaf)
	if column.MaxRepetitionLevel() > 0 {
		return nil
	}
	switch column.PhysicalType() {
	case parquet.Types.Int32, parquet.Types.Int64:
		return arrow.PrimitiveTypes.Int64
	case parquet.Types.ByteArray:
		if column.LogicalType().Equals(schema.StringLogicalType{}) || column.ConvertedType() == schema.ConvertedTypes.UTF8 {
			return arrow.BinaryTypes.String
		}
		return arrow.BinaryTypes.Binary
	}
	return nil
}

// Schema returns the columns.
func (p *ParquetReader) Schema() *arrow.Schema { return p.schema }

// Close closes the file and frees the record batch.
func (p *ParquetReader) Close() {
	p.release()
	_ = p.file.Close() // it was only read
}

func (p *ParquetReader) release() {
	if p.rec != nil {
		p.rec.Release()
		p.rec = nil
	}
}

// Next returns the next record batch, valid until the next call, or io.EOF.
func (p *ParquetReader) Next() (arrow.Record, error) {
	p.release()
	err := Protect(func() error {
		for p.left == 0 {
			if p.group == p.file.NumRowGroups() {
				return io.EOF
			}
			if err := p.begin(); err != nil {
				return err
			}
		}
		return p.read()
	})
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("rows from %d on cannot be read: %w", p.rows, err)
	}
	p.rows += p.rec.NumRows()
	return p.rec, nil
}

// begin opens the columns of the next row group.
func (p *ParquetReader) begin() error {
	group := p.file.RowGroup(p.group)
	p.group++
	p.left = group.NumRows()
	if p.left < 0 {
		return ErrTruncated
	}
	p.leaves = p.leaves[:0]
	for _, column := range p.columns {
		for _, i := range column.leaves {
			pages, err := group.GetColumnPageReader(i)
			if err != nil {
				return err
			}
			column := p.file.MetaData().Schema.Column(i)
			p.leaves = append(p.leaves, &parquetLeaf{
				pages: pages, physical: column.PhysicalType(), defined: column.MaxDefinitionLevel(), kind: leafType(p.file.MetaData().Schema, i),
			})
		}
	}
	return nil
}

// read reads the next rows of the row group into p.rec.
func (p *ParquetReader) read() error {
	n := int(min(p.left, parquetRows))
	p.left -= int64(n)
	var arrays []arrow.Array
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	at := 0
	for _, column := range p.columns {
		var parts []arrow.Array
		for range column.leaves {
			a, err := p.leaves[at].read(n)
			if err != nil {
				return fmt.Errorf("column %s: %w", column.field.Name, err)
			}
			parts = append(parts, a)
			at++
		}
		whole := parts[0]
		if kind, ok := column.field.Type.(*arrow.StructType); ok {
			data := array.NewData(kind, n, []*memory.Buffer{nil}, dataOf(parts), 0, 0)
			whole = array.NewStructData(data)
			data.Release()
			for _, part := range parts {
				part.Release()
			}
		}
		arrays = append(arrays, whole)
	}
	p.rec = array.NewRecord(p.schema, arrays, int64(n))
	return nil
}

func dataOf(arrays []arrow.Array) []arrow.ArrayData {
	data := make([]arrow.ArrayData, len(arrays))
	for i, a := range arrays {
		data[i] = a.Data()
	}
	return data
}
