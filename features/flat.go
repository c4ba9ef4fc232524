package features

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/memdil/memdil/arrowfile"
)

// Column is one column of a small flat table.
type Column struct {
	Name string
	// Values is []int32, []int64, []float32, []float64 or []string; for
	// WriteTable also Vectors, Lists or OptionalInts.
	Values any
}

// Values returns the values of the column called name. A missing column, or one
// of another type, is an error.
func Values[T int32 | int64 | float32 | float64 | string](cols []Column, name string) ([]T, error) {
	for _, c := range cols {
		if c.Name != name {
			continue
		}
		v, ok := c.Values.([]T)
		if !ok {
			return nil, fmt.Errorf("column %s holds %T, want %T", name, c.Values, v)
		}
		return v, nil
	}
	return nil, fmt.Errorf("no column %s", name)
}

// WriteTable writes cols as an Arrow IPC file with the schema metadata meta, all
// or nothing. It panics on columns of unequal length, of the same name or of
// other types than [Column] lists.
func WriteTable(path string, meta map[string]string, cols ...Column) error {
	keys := slices.Sorted(maps.Keys(meta))
	values := make([]string, len(keys))
	for i, k := range keys {
		values[i] = meta[k]
	}
	var fields []arrow.Field
	var arrays []arrow.Array
	rows := 0
	for i, c := range cols {
		if slices.ContainsFunc(cols[:i], func(d Column) bool { return d.Name == c.Name }) {
			panic("features: two columns " + c.Name)
		}
		a := flatArray(c)
		if i > 0 && a.Len() != rows {
			panic(fmt.Sprintf("features: column %s has %d rows, %s has %d", c.Name, a.Len(), cols[0].Name, rows))
		}
		rows = a.Len()
		arrays = append(arrays, a)
		fields = append(fields, arrow.Field{Name: c.Name, Type: a.DataType(), Nullable: true})
	}
	md := arrow.NewMetadata(keys, values)
	return writeOnce(path, arrow.NewSchema(fields, &md), arrays, rows)
}

func flatArray(c Column) arrow.Array {
	switch v := c.Values.(type) {
	case []int32:
		return int32Array(v)
	case []int64:
		return int64Array(v)
	case []float32:
		return float32Array(v)
	case []float64:
		return float64Array(v)
	case []string:
		return stringArray(v)
	case interface{ array() arrow.Array }:
		return v.array()
	}
	panic(fmt.Sprintf("features: column %s holds %T", c.Name, c.Values))
}

// ReadTable reads a flat table whole, with its schema metadata. Columns of other
// types than [Column] lists, and nulls, are errors; strings may be
// dictionary-encoded.
func ReadTable(path string) ([]Column, map[string]string, error) {
	cols, meta, err := readTable(path)
	if err != nil {
		return nil, nil, arrowfile.ReadError("table", path, err)
	}
	return cols, meta, nil
}

func readTable(path string) ([]Column, map[string]string, error) {
	r, err := arrowfile.Open(path, allocator)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	md := r.Schema().Metadata()
	cols := make([]Column, r.Schema().NumFields())
	for i, f := range r.Schema().Fields() {
		if cols[i], err = emptyColumn(f); err != nil {
			return nil, nil, err
		}
	}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return cols, md.ToMap(), nil
		}
		if err != nil {
			return nil, nil, err
		}
		for i := range cols {
			if err := arrowfile.Protect(func() error { return cols[i].append(rec.Column(i)) }); err != nil {
				return nil, nil, r.Locate(err)
			}
		}
	}
}

func emptyColumn(f arrow.Field) (Column, error) {
	c := Column{Name: f.Name}
	switch f.Type.ID() {
	case arrow.INT32:
		c.Values = []int32{}
	case arrow.INT64:
		c.Values = []int64{}
	case arrow.FLOAT32:
		c.Values = []float32{}
	case arrow.FLOAT64:
		c.Values = []float64{}
	default:
		if !isString(f.Type) {
			return c, fmt.Errorf("column %s has type %s, want int32, int64, float32, float64 or utf8", f.Name, f.Type)
		}
		c.Values = []string{}
	}
	return c, nil
}

// append adds the values of col, all strings copied out of Arrow's memory.
func (c *Column) append(col arrow.Array) error {
	if i := firstNull(col, 0, col.Len()); i >= 0 {
		return arrowfile.BadCell(c.Name, i, "is null")
	}
	switch v := c.Values.(type) {
	case []int32:
		c.Values = append(v, col.(*array.Int32).Int32Values()...)
	case []int64:
		c.Values = append(v, col.(*array.Int64).Int64Values()...)
	case []float32:
		c.Values = append(v, col.(*array.Float32).Float32Values()...)
	case []float64:
		c.Values = append(v, col.(*array.Float64).Float64Values()...)
	case []string:
		all, err := appendStrings(v, c.Name, col)
		if err != nil {
			return err
		}
		c.Values = all
	}
	return nil
}
