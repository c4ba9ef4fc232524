package features

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"

	"github.com/memdil/memdil/arrowfile"
)

// columnIndex finds the column called name and checks its type. It returns -1
// for a missing column that is not required.
func columnIndex(schema *arrow.Schema, name string, required bool, accept func(arrow.DataType) bool, want string) (int, error) {
	switch found := schema.FieldIndices(name); {
	case len(found) > 1:
		return 0, fmt.Errorf("%d columns are called %s", len(found), name)
	case len(found) == 1:
		if dt := schema.Field(found[0]).Type; !accept(dt) {
			return 0, fmt.Errorf("column %s has type %s, want %s", name, dt, want)
		}
		return found[0], nil
	case !required:
		return -1, nil
	}
	const enough = 20
	var names []string
	for i, f := range schema.Fields() {
		if i == enough {
			names = append(names, "…")
			break
		}
		names = append(names, f.Name)
	}
	return 0, fmt.Errorf("no column %s; there are: %s", name, strings.Join(names, ", "))
}

func isFloat(dt arrow.DataType) bool { return arrow.IsFloating(dt.ID()) }

func isVector(dt arrow.DataType) bool {
	list, ok := dt.(arrow.ListLikeType)
	return ok && isFloat(list.Elem())
}

func isInteger(dt arrow.DataType) bool { return arrow.IsInteger(valueType(dt).ID()) }

func isString(dt arrow.DataType) bool {
	switch valueType(dt).ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return true
	}
	return false
}

// valueType is the type behind a dictionary encoding.
func valueType(dt arrow.DataType) arrow.DataType {
	if d, ok := dt.(*arrow.DictionaryType); ok {
		return d.ValueType
	}
	return dt
}

// firstNull returns the first null of col in [from, to), or -1.
func firstNull(col arrow.Array, from, to int) int {
	if col.NullN() == 0 {
		return -1
	}
	for i := from; i < to; i++ {
		if col.IsNull(i) {
			return i
		}
	}
	return -1
}

// vectors are the rows of a list column, all of one width and without nulls.
type vectors struct {
	list   array.ListLike
	values arrow.Array
	width  int
}

// newVectors checks every row of col. A *width of 0 becomes the first row's.
func newVectors(name string, col arrow.Array, width *int) (vectors, error) {
	list := col.(array.ListLike)
	values := list.ListValues()
	for i := range list.Len() {
		if list.IsNull(i) {
			return vectors{}, arrowfile.BadCell(name, i, "is null")
		}
		start, end := list.ValueOffsets(i)
		if *width == 0 && end > start {
			*width = int(end - start)
		}
		switch {
		case start < 0 || end > int64(values.Len()):
			return vectors{}, arrowfile.BadCell(name, i, fmt.Sprintf("spans values %d to %d of %d: %v", start, end, values.Len(), arrowfile.ErrTruncated))
		case end <= start:
			return vectors{}, arrowfile.BadCell(name, i, "is an empty vector")
		case end-start != int64(*width):
			return vectors{}, arrowfile.BadCell(name, i, fmt.Sprintf("has %d values, want %d", end-start, *width))
		}
		if j := firstNull(values, int(start), int(end)); j >= 0 {
			return vectors{}, arrowfile.BadCell(name, i, fmt.Sprintf("value %d is null", int64(j)-start))
		}
	}
	return vectors{list, values, *width}, nil
}

// appendRows appends rows [from, to), row-major.
func (v vectors) appendRows(dst []float64, from, to int) []float64 {
	if fixed, ok := v.list.(*array.FixedSizeList); ok && from < to { // one run of values
		start, _ := fixed.ValueOffsets(from)
		return appendFloats(dst, v.values, int(start), int(start)+(to-from)*v.width)
	}
	for i := from; i < to; i++ {
		start, end := v.list.ValueOffsets(i)
		dst = appendFloats(dst, v.values, int(start), int(end))
	}
	return dst
}

// appendFloats appends values [from, to) of a column that isFloat.
func appendFloats(dst []float64, values arrow.Array, from, to int) []float64 {
	switch v := values.(type) {
	case *array.Float16:
		for _, x := range v.Values()[from:to] {
			dst = append(dst, halfFloat(x))
		}
	case *array.Float32:
		n := len(dst)
		dst = slices.Grow(dst, to-from)[:n+to-from]
		for i, x := range v.Float32Values()[from:to] {
			dst[n+i] = float64(x)
		}
	case *array.Float64:
		dst = append(dst, v.Float64Values()[from:to]...)
	}
	return dst
}

// halfFloat is the value of x. Arrow's own conversion takes subnormal numbers,
// which are below 2⁻¹⁴, for zero.
func halfFloat(x float16.Num) float64 {
	const exponent, fraction = 0x7c00, 0x03ff
	value := float64(x.Float32())
	if bits := x.Uint16(); bits&exponent == 0 {
		return math.Copysign(float64(bits&fraction)*0x1p-24, value)
	}
	return value
}

// appendLabels appends a column that isInteger, whose values must lie in
// [0, classes).
func appendLabels(dst []int, name string, col arrow.Array, classes int) ([]int, error) {
	if i := firstNull(col, 0, col.Len()); i >= 0 {
		return nil, arrowfile.BadCell(name, i, "is null")
	}
	at := arrowfile.Integers(col)
	if d, ok := col.(*array.Dictionary); ok {
		decode := arrowfile.Integers(d.Dictionary())
		at = func(i int) int64 { return decode(d.GetValueIndex(i)) }
		if i := firstUndefined(d); i >= 0 {
			return nil, arrowfile.BadCell(name, i, "is not in the dictionary")
		}
	}
	for i := range col.Len() {
		v := at(i)
		if v < 0 || v >= int64(classes) {
			return nil, arrowfile.BadCell(name, i, fmt.Sprintf("label %d is not in 0..%d", v, classes-1))
		}
		dst = append(dst, int(v))
	}
	return dst, nil
}

// appendStrings appends a column that isString.
func appendStrings(dst []string, name string, col arrow.Array) ([]string, error) {
	if i := firstNull(col, 0, col.Len()); i >= 0 {
		return nil, arrowfile.BadCell(name, i, "is null")
	}
	d, ok := col.(*array.Dictionary)
	if !ok {
		for i := range col.Len() {
			dst = append(dst, strings.Clone(col.(array.StringLike).Value(i)))
		}
		return dst, nil
	}
	if i := firstUndefined(d); i >= 0 {
		return nil, arrowfile.BadCell(name, i, "is not in the dictionary")
	}
	names, err := appendStrings(nil, name, d.Dictionary())
	if err != nil {
		return nil, err
	}
	for i := range d.Len() {
		dst = append(dst, names[d.GetValueIndex(i)])
	}
	return dst, nil
}

// firstUndefined returns the first row of d whose index the dictionary lacks or
// has null for, or -1.
func firstUndefined(d *array.Dictionary) int {
	values := d.Dictionary()
	for i := range d.Len() {
		if j := d.GetValueIndex(i); j < 0 || j >= values.Len() || values.IsNull(j) {
			return i
		}
	}
	return -1
}
