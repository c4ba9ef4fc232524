package arrowfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/google/renameio/v2"
)

// npyHeader is the length of the header that is written: room for any shape,
// which is known at the end only.
const npyHeader = 128

// npyFile is a numpy array under way, format 1.0
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html):
// magic, version, length of a Python dictionary padded with spaces, and the
// values, little-endian, row-major.
type npyFile struct {
	file *renameio.PendingFile
	out  *bufio.Writer
}

func newNPYFile(path string) (*npyFile, error) {
	file, err := pending(path)
	if err != nil {
		return nil, err
	}
	f := &npyFile{file, bufio.NewWriterSize(file, 1<<20)}
	_, err = f.out.Write(make([]byte, npyHeader))
	return f, err
}

// commit writes the header of an array of a numpy type, "<f4", and shape.
func (f *npyFile) commit(dtype string, shape ...int) error {
	if err := f.out.Flush(); err != nil {
		return err
	}
	sizes := make([]string, len(shape))
	for i, n := range shape {
		sizes[i] = fmt.Sprint(n)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }", dtype, strings.Join(sizes, ", "))
	head := append([]byte("\x93NUMPY\x01\x00"), binary.LittleEndian.AppendUint16(nil, npyHeader-10)...)
	head = append(head, text+strings.Repeat(" ", npyHeader-len(head)-len(text)-1)+"\n"...)
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := f.file.Write(head); err != nil {
		return err
	}
	return f.file.CloseAtomicallyReplace()
}

// Number is an element of the numpy arrays that Go slices are written as.
type Number interface {
	uint8 | int32 | int64 | float32 | float64
}

// dtypeOf is numpy's name of an element's type.
func dtypeOf[T Number]() string {
	var zero T
	switch any(zero).(type) {
	case uint8:
		return "|u1"
	case int32:
		return "<i4"
	case int64:
		return "<i8"
	case float32:
		return "<f4"
	}
	return "<f8"
}

// WriteNPY writes values as a numpy array of the given shape, row-major. It
// panics when there are not as many values as the shape says.
func WriteNPY[T Number](path string, values []T, shape ...int) error {
	whole := func(yield func([]T, error) bool) { yield(values, nil) }
	return WriteNPYParts(path, whole, shape...)
}

// WriteNPYParts writes an array whose values come in parts, one after the other,
// so that it need not fit into memory; an error in place of one ends the writing.
// A part is not used once the next one is asked for. It panics as WriteNPY does.
func WriteNPYParts[T Number](path string, parts iter.Seq2[[]T, error], shape ...int) error {
	if err := writeNPYParts(path, parts, shape); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func writeNPYParts[T Number](path string, parts iter.Seq2[[]T, error], shape []int) error {
	f, err := newNPYFile(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.file.Cleanup() }() // of what is not committed
	n := 1
	for _, size := range shape {
		n *= size
	}
	for part, err := range parts {
		if err != nil {
			return err
		}
		n -= len(part)
		if err := binary.Write(f.out, binary.LittleEndian, part); err != nil {
			return err
		}
	}
	if n != 0 {
		panic(fmt.Sprintf("arrowfile: %d values too few or too many for shape %v", n, shape))
	}
	return f.commit(dtypeOf[T](), shape...)
}

// npyWriter writes a table's columns of numbers and of vectors.
type npyWriter struct {
	base    string
	columns []npyColumn // nil before the first record
}

// npyColumn is one of them. Columns of other types have no file.
type npyColumn struct {
	name  string
	file  *npyFile
	dtype string
	width int // of a vector, 0 for numbers
	rows  int
}

func (w *npyWriter) write(rec arrow.Record) error {
	if w.columns == nil {
		w.columns = make([]npyColumn, rec.NumCols())
	}
	for j, col := range rec.Columns() {
		c := &w.columns[j]
		if c.rows == 0 && c.file == nil {
			if err := c.open(w.base, rec.ColumnName(j), col); err != nil {
				return err
			}
		}
		if c.file == nil {
			continue
		}
		for i := range col.Len() {
			if err := c.append(col, i); err != nil {
				return err
			}
		}
		c.rows += col.Len()
	}
	return nil
}

// open makes the file, if the column is one for numpy.
func (c *npyColumn) open(base, name string, col arrow.Array) (err error) {
	values := col.DataType()
	if list, ok := col.(array.ListLike); ok {
		values = values.(arrow.ListLikeType).Elem()
		c.width = listWidth(list)
	}
	switch values.ID() {
	case arrow.FLOAT32:
		c.dtype = "<f4"
	case arrow.FLOAT64:
		c.dtype = "<f8"
	case arrow.INT32:
		c.dtype = "<i4"
	case arrow.INT64:
		c.dtype = "<i8"
	default:
		return nil
	}
	if strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("column %s cannot be a part of a file's name", name)
	}
	c.name = name
	c.file, err = newNPYFile(base + "." + name + ".npy")
	return err
}

// append writes one cell.
func (c *npyColumn) append(col arrow.Array, i int) error {
	list, isList := col.(array.ListLike)
	if !isList {
		return c.number(col, i)
	}
	values, start, end := list.ListValues(), int64(-1), int64(0)
	if col.IsValid(i) {
		if start, end = list.ValueOffsets(i); int(end-start) != c.width {
			return fmt.Errorf("column %s has vectors of %d and of %d values: CSV and npy need one width", c.name, c.width, end-start)
		}
	}
	for j := range c.width {
		at := int(start) + j
		if start < 0 {
			at = -1 // null
		}
		if err := c.number(values, at); err != nil {
			return err
		}
	}
	return nil
}

// number writes value i, a null for i < 0.
func (c *npyColumn) number(values arrow.Array, i int) error {
	null := i < 0 || values.IsNull(i)
	var b []byte
	switch v := values.(type) {
	case *array.Float32:
		x := float32(math.NaN())
		if !null {
			x = v.Value(i)
		}
		b = binary.LittleEndian.AppendUint32(c.file.out.AvailableBuffer(), math.Float32bits(x))
	case *array.Float64:
		x := math.NaN()
		if !null {
			x = v.Value(i)
		}
		b = binary.LittleEndian.AppendUint64(c.file.out.AvailableBuffer(), math.Float64bits(x))
	case *array.Int32:
		x := int32(-1)
		if !null {
			x = v.Value(i)
		}
		b = binary.LittleEndian.AppendUint32(c.file.out.AvailableBuffer(), uint32(x))
	case *array.Int64:
		x := int64(-1)
		if !null {
			x = v.Value(i)
		}
		b = binary.LittleEndian.AppendUint64(c.file.out.AvailableBuffer(), uint64(x))
	}
	_, err := c.file.out.Write(b)
	return err
}

func (w *npyWriter) commit() error {
	var errs []error
	for i := range w.columns {
		c := &w.columns[i]
		shape := []int{c.rows}
		if c.width > 0 {
			shape = append(shape, c.width)
		}
		if c.file != nil {
			errs = append(errs, c.file.commit(c.dtype, shape...))
		}
	}
	return errors.Join(errs...)
}

func (w *npyWriter) abort() {
	for _, c := range w.columns {
		if c.file != nil {
			_ = c.file.file.Cleanup() // nothing to lose
		}
	}
}
