package arrowfile

import (
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Integers returns what gives the values of an integer column, by row; those
// beyond int64 are capped. It is nil for a column of another type.
func Integers(col arrow.Array) func(i int) int64 {
	switch c := col.(type) {
	case *array.Int8:
		return widen(c.Int8Values())
	case *array.Int16:
		return widen(c.Int16Values())
	case *array.Int32:
		return widen(c.Int32Values())
	case *array.Int64:
		return widen(c.Int64Values())
	case *array.Uint8:
		return widen(c.Uint8Values())
	case *array.Uint16:
		return widen(c.Uint16Values())
	case *array.Uint32:
		return widen(c.Uint32Values())
	case *array.Uint64:
		v := c.Uint64Values()
		return func(i int) int64 { return int64(min(v[i], math.MaxInt64)) }
	}
	return nil
}

func widen[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](v []T) func(i int) int64 {
	return func(i int) int64 { return int64(v[i]) }
}
