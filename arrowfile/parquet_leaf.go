package arrowfile

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
)

// The encodings of values that are read, by their numbers in Parquet's format
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/); writers
// choose others on request only. Levels are in the hybrid of run lengths and
// packed bits.
const (
	encodingPlain         = 0
	encodingOldDictionary = 2
	encodingDictionary    = 8
)

// parquetLeaf is one column of values in a row group. Arrow's reader takes the
// pages apart, this one the values in them: Arrow's never returns from some
// broken pages.
type parquetLeaf struct {
	pages    file.PageReader
	physical parquet.Type
	kind     arrow.DataType // in record batches
	defined  int16          // the definition level of a value that is not null

	dictionary []parquetValue
	left       int // values of the page yet to come, nulls included
	levels     hybrid
	next       func() (parquetValue, error) // of the page
}

// parquetValue is a number or bytes, which lie in a page or are copies.
type parquetValue struct {
	number int64
	bytes  []byte
}

// read returns the next n values.
func (l *parquetLeaf) read(n int) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, l.kind)
	defer b.Release()
	for b.Len() < n {
		if l.left == 0 {
			if err := l.turn(); err != nil {
				return nil, err
			}
			continue
		}
		l.left--
		if err := l.append(b); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}

// append appends the next value, or a null where its level says so.
func (l *parquetLeaf) append(b array.Builder) error {
	if l.defined > 0 {
		level, err := l.levels.next()
		if err != nil {
			return err
		}
		if int16(level) < l.defined {
			b.AppendNull()
			return nil
		}
	}
	v, err := l.next()
	if err != nil {
		return err
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		b.Append(v.number)
	case *array.StringBuilder:
		b.Append(string(v.bytes))
	case *array.BinaryBuilder:
		b.Append(v.bytes) // a copy
	}
	return nil
}

// turn goes on to the next page of values.
func (l *parquetLeaf) turn() error {
	for l.pages.Next() {
		switch page := l.pages.Page().(type) {
		case *file.DictionaryPage:
			if err := l.learn(page); err != nil {
				return err
			}
		case *file.DataPageV1:
			return l.open(page, int(page.NumValues()), page.Data(), -1)
		case *file.DataPageV2:
			data, levels := page.Data(), int(page.DefinitionLevelByteLen())
			if page.RepetitionLevelByteLen() != 0 || levels > len(data) {
				return ErrTruncated
			}
			return l.open(page, int(page.NumValues()), data, levels)
		}
	}
	if err := l.pages.Err(); err != nil {
		return err
	}
	return fmt.Errorf("its values end early: %w", ErrTruncated)
}

// learn copies the values of a dictionary.
func (l *parquetLeaf) learn(page *file.DictionaryPage) error {
	next := plain(l.physical, page.Data())
	l.dictionary = l.dictionary[:0]
	for range page.NumValues() {
		v, err := next()
		if err != nil {
			return fmt.Errorf("dictionary: %w", err)
		}
		v.bytes = append([]byte(nil), v.bytes...)
		l.dictionary = append(l.dictionary, v)
	}
	return nil
}

// open begins a page of n values: levels, whose length is given or, if it is
// negative, comes first, then values.
func (l *parquetLeaf) open(page file.Page, n int, data []byte, levels int) error {
	l.left = n
	if l.defined > 0 {
		if levels < 0 {
			if len(data) < 4 {
				return ErrTruncated
			}
			levels, data = int(binary.LittleEndian.Uint32(data)), data[4:]
		}
		if levels > len(data) {
			return ErrTruncated
		}
		l.levels = hybrid{data: data[:levels], width: bits.Len16(uint16(l.defined))}
		data = data[levels:]
	}
	switch encoding := int(page.Encoding()); encoding {
	case encodingPlain:
		l.next = plain(l.physical, data)
	case encodingOldDictionary, encodingDictionary:
		l.next = l.byDictionary(data)
	default:
		return fmt.Errorf("values in encoding %d are not read, plain ones and dictionaries are", encoding)
	}
	return nil
}

// byDictionary reads values that are numbers of entries in the dictionary, after
// a byte that says of how many bits.
func (l *parquetLeaf) byDictionary(data []byte) func() (parquetValue, error) {
	var numbers hybrid
	if len(data) > 0 {
		numbers = hybrid{data: data[1:], width: int(data[0])}
	}
	return func() (parquetValue, error) {
		i, err := numbers.next()
		if err != nil {
			return parquetValue{}, err
		}
		if int64(i) >= int64(len(l.dictionary)) {
			return parquetValue{}, fmt.Errorf("value %d of a dictionary of %d: %w", i, len(l.dictionary), ErrTruncated)
		}
		return l.dictionary[i], nil
	}
}

// plain reads values one after the other: numbers in little-endian order, bytes
// after their length.
func plain(physical parquet.Type, data []byte) func() (parquetValue, error) {
	take := func(n int) ([]byte, error) {
		if n < 0 || n > len(data) {
			return nil, ErrTruncated
		}
		b := data[:n]
		data = data[n:]
		return b, nil
	}
	return func() (v parquetValue, err error) {
		var b []byte
		switch physical {
		case parquet.Types.Int32:
			if b, err = take(4); err == nil {
				v.number = int64(int32(binary.LittleEndian.Uint32(b)))
			}
		case parquet.Types.Int64:
			if b, err = take(8); err == nil {
				v.number = int64(binary.LittleEndian.Uint64(b))
			}
		default: // byte arrays, see leafType
			if b, err = take(4); err == nil {
				v.bytes, err = take(int(binary.LittleEndian.Uint32(b)))
			}
		}
		return v, err
	}
}

// hybrid reads small numbers in the hybrid encoding: runs of one number, and
// groups of eight packed numbers.
type hybrid struct {
	data  []byte
	width int // bits of a number

	run    uint64 // numbers left of the run
	packed bool   // it is of packed ones
	value  uint32 // that repeats
	bit    int    // of the packed ones, how many bits of data are used
}

func (h *hybrid) next() (uint32, error) {
	for h.run == 0 {
		if err := h.begin(); err != nil {
			return 0, err
		}
	}
	h.run--
	if !h.packed {
		return h.value, nil
	}
	value := uint32(0)
	for i := range h.width {
		at := h.bit + i
		if at/8 >= len(h.data) {
			return 0, ErrTruncated
		}
		value |= uint32(h.data[at/8]>>(at%8)&1) << i
	}
	h.bit += h.width
	return value, nil
}

// begin reads the head of the next run.
func (h *hybrid) begin() error {
	if h.packed {
		h.data, h.bit, h.packed = h.data[min(len(h.data), (h.bit+7)/8):], 0, false
	}
	head, n := binary.Uvarint(h.data)
	if n <= 0 || h.width > 32 {
		return ErrTruncated
	}
	h.data = h.data[n:]
	if h.packed = head&1 == 1; h.packed {
		h.run = head >> 1 * 8
		return nil
	}
	size := (h.width + 7) / 8
	if size > len(h.data) {
		return ErrTruncated
	}
	h.run, h.value = head>>1, 0
	for i, b := range h.data[:size] {
		h.value |= uint32(b) << (8 * i)
	}
	h.data = h.data[size:]
	return nil
}
