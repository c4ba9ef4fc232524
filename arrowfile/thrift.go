package arrowfile

import (
	"encoding/binary"
	"fmt"
	"io"
)

// maxFooter bounds the footer of a Parquet file, which describes its columns.
const maxFooter = 64 << 20

// checkParquetFooter walks the footer of a Parquet file of the given size. What
// reads it later allocates what a list's length says, before there is a single
// element.
func checkParquetFooter(in io.ReaderAt, size int64) error {
	const tail = 4 + len(parquetMagic)
	if size < int64(len(parquetMagic)+tail) {
		return ErrTruncated
	}
	end := make([]byte, tail)
	if _, err := in.ReadAt(end, size-int64(tail)); err != nil {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(end))
	switch magic := string(end[4:]); {
	case magic == "PARE":
		return fmt.Errorf("an encrypted Parquet file")
	case magic != parquetMagic || length > size-int64(len(parquetMagic)+tail):
		return fmt.Errorf("no Parquet footer at the end: %w", ErrTruncated)
	case length > maxFooter:
		return fmt.Errorf("a footer of %d bytes", length)
	}
	footer := make([]byte, length)
	if _, err := in.ReadAt(footer, size-int64(tail)-length); err != nil {
		return err
	}
	w := thriftWalk{data: footer}
	if !w.structure(0) {
		return fmt.Errorf("its footer: %w", ErrTruncated)
	}
	return nil
}

// thriftWalk passes over values in Thrift's compact protocol
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
// Its methods return false where the data end early or make no sense.
type thriftWalk struct {
	data []byte
}

// The types of the compact protocol.
const (
	thriftStop = iota
	thriftTrue
	thriftFalse
	thriftByte
	thriftI16
	thriftI32
	thriftI64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	_ // maps, of which a footer has none
	thriftStruct
)

// structure passes over fields up to the stop.
func (w *thriftWalk) structure(depth int) bool {
	for depth <= maxNesting {
		head, ok := w.byte()
		if !ok {
			return false
		}
		kind := head & 0x0f
		if kind == thriftStop {
			return true
		}
		if head>>4 == 0 { // the field's number follows
			if _, ok := w.varint(); !ok {
				return false
			}
		}
		if kind != thriftTrue && kind != thriftFalse && !w.value(kind, depth) { // a boolean is in its type
			return false
		}
	}
	return false
}

// value passes over a value of a type.
func (w *thriftWalk) value(kind byte, depth int) bool {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte: // elements of a list have a byte
		return w.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, ok := w.varint()
		return ok
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, ok := w.varint()
		return ok && w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth + 1)
	case thriftStruct:
		return w.structure(depth + 1)
	}
	return false
}

// list passes over a list, whose elements are at least a byte each.
func (w *thriftWalk) list(depth int) bool {
	head, ok := w.byte()
	n := uint64(head >> 4)
	if ok && n == 15 {
		n, ok = w.varint()
	}
	if !ok || depth > maxNesting || n > uint64(len(w.data)) {
		return false
	}
	for range n {
		if !w.value(head&0x0f, depth) {
			return false
		}
	}
	return true
}

func (w *thriftWalk) byte() (byte, bool) {
	if len(w.data) == 0 {
		return 0, false
	}
	b := w.data[0]
	w.data = w.data[1:]
	return b, true
}

func (w *thriftWalk) varint() (uint64, bool) {
	v, n := binary.Uvarint(w.data)
	if n <= 0 {
		return 0, false
	}
	w.data = w.data[n:]
	return v, true
}

func (w *thriftWalk) skip(n uint64) bool {
	if n > uint64(len(w.data)) {
		return false
	}
	w.data = w.data[n:]
	return true
}
