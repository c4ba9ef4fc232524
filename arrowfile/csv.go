package arrowfile

import (
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/google/renameio/v2"
)

// csvWriter writes a CSV file. Numbers have the digits that identify them.
type csvWriter struct {
	file   *renameio.PendingFile
	out    *csv.Writer
	widths []int // of the columns: how many fields each takes; nil before the header
	fields []string
}

func newCSVWriter(base string) (tableWriter, error) {
	file, err := pending(base + ".csv")
	if err != nil {
		return nil, err
	}
	return &csvWriter{file: file, out: csv.NewWriter(file)}, nil
}

func (w *csvWriter) write(rec arrow.Record) error {
	if err := w.header(rec); err != nil {
		return err
	}
	for i := range int(rec.NumRows()) {
		w.fields = w.fields[:0]
		for j, col := range rec.Columns() {
			if err := w.append(rec.ColumnName(j), col, i, w.widths[j]); err != nil {
				return err
			}
		}
		if err := w.out.Write(w.fields); err != nil {
			return err
		}
	}
	return nil
}

// header writes the names of the columns, once.
func (w *csvWriter) header(rec arrow.Record) error {
	if w.widths != nil {
		return nil
	}
	w.widths = []int{}
	var names []string
	for j, col := range rec.Columns() {
		name, width := rec.ColumnName(j), 1
		list, isList := col.(array.ListLike)
		if isList {
			width = listWidth(list)
			for i := range width {
				names = append(names, name+"_"+strconv.Itoa(i))
			}
		} else {
			names = append(names, name)
		}
		w.widths = append(w.widths, width)
	}
	return w.out.Write(names)
}

// listWidth is the width of a column's vectors: what its type says, or the
// first that is not null.
func listWidth(list array.ListLike) int {
	if fixed, ok := list.DataType().(*arrow.FixedSizeListType); ok {
		return int(fixed.Len())
	}
	for i := range list.Len() {
		if list.IsValid(i) {
			start, end := list.ValueOffsets(i)
			return int(end - start)
		}
	}
	return 0
}

// append appends the fields of one cell.
func (w *csvWriter) append(name string, col arrow.Array, i, width int) error {
	list, isList := col.(array.ListLike)
	switch {
	case col.IsNull(i):
		for range width {
			w.fields = append(w.fields, "")
		}
	case isList:
		start, end := list.ValueOffsets(i)
		if int(end-start) != width {
			return fmt.Errorf("column %s has vectors of %d and of %d values: CSV and npy need one width", name, width, end-start)
		}
		for j := int(start); j < int(end); j++ {
			w.fields = append(w.fields, text(list.ListValues(), j))
		}
	default:
		w.fields = append(w.fields, text(col, i))
	}
	return nil
}

// text is a value as CSV has it.
func text(col arrow.Array, i int) string {
	if col.IsNull(i) {
		return ""
	}
	switch c := col.(type) {
	case *array.Float32:
		return strconv.FormatFloat(float64(c.Value(i)), 'g', -1, 32)
	case *array.Float64:
		return strconv.FormatFloat(c.Value(i), 'g', -1, 64)
	case *array.Dictionary:
		return c.Dictionary().ValueStr(c.GetValueIndex(i))
	}
	return col.ValueStr(i)
}

func (w *csvWriter) commit() error {
	w.out.Flush()
	if err := w.out.Error(); err != nil {
		return err
	}
	return w.file.CloseAtomicallyReplace()
}

func (w *csvWriter) abort() { _ = w.file.Cleanup() } // nothing to lose
