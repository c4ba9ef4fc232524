package datasets

import (
	"cmp"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// The numbers of MATLAB's MAT-File Format, version 5
// (https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf), as far as
// they are needed: types of data elements, and classes of arrays.
const (
	miInt8       = 1
	miUint8      = 2
	miInt32      = 5
	miUint32     = 6
	miDouble     = 9
	miMatrix     = 14
	miCompressed = 15

	matDouble = 6 // the first numeric class
	matUint8  = 9
	matUint64 = 15 // the last
)

// matSizes are the sizes in bytes of elements of numeric types.
var matSizes = map[uint32]int{miInt8: 1, miUint8: 1, 3: 2, 4: 2, miInt32: 4, miUint32: 4, 7: 4, miDouble: 8, 12: 8, 13: 8}

// maxMATName bounds names of variables, of which MATLAB allows 63 bytes, and
// maxMATDims the number of dimensions.
const (
	maxMATName = 1 << 10
	maxMATDims = 16
)

// readMAT reads the named variables of a MAT-file of version 5 up to the end of
// r, which yields at most limit bytes. Others are skipped. Nothing is allocated
// for elements beyond limit, or beyond what limit bytes can unpack to.
func readMAT(r io.Reader, limit int64, names ...string) (map[string]matArray, error) {
	m, err := readMATHeader(r, limit)
	if err != nil {
		return nil, err
	}
	found := map[string]matArray{}
	for {
		kind, size, err := m.tag()
		switch {
		case errors.Is(err, io.EOF):
			return found, missingMAT(found, names)
		case err != nil:
			return nil, err
		}
		if err := m.variable(kind, size, names, found); err != nil {
			return nil, err
		}
	}
}

// missingMAT reports a variable that was not found.
func missingMAT(found map[string]matArray, names []string) error {
	for _, name := range names {
		if _, ok := found[name]; !ok {
			return fmt.Errorf("there is no variable %s in it", name)
		}
	}
	return nil
}

// matReader reads data elements.
type matReader struct {
	r     io.Reader
	order binary.ByteOrder
	limit int64 // r yields at most so many bytes more
}

// readMATHeader reads the header of a file and returns the reader of the rest.
func readMATHeader(r io.Reader, limit int64) (*matReader, error) {
	header := make([]byte, 128)
	n, err := io.ReadFull(r, header)
	switch {
	case n >= 4 && (string(header[1:4]) == "HDF"), n >= 19 && string(header[7:19]) == "7.3 MAT-file":
		return nil, errHDF5
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("truncated, or no MAT-file: %d bytes, the header alone has %d", n, len(header))
	case err != nil:
		return nil, err
	}
	m := &matReader{r: r, limit: limit - int64(len(header))}
	switch string(header[126:]) {
	case "IM":
		m.order = binary.LittleEndian
	case "MI":
		m.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("not a MAT-file of version 5: it starts with %q", header[:10])
	}
	switch version := m.order.Uint16(header[124:]); version {
	case 0x0100:
		return m, nil
	case 0x0200:
		return nil, errHDF5
	default:
		return nil, fmt.Errorf("MAT-file version %#04x, want 0x0100", version)
	}
}

var errHDF5 = errors.New("a MAT-file of version 7.3 (HDF5); save it with -v7")

var errMATTruncated = errors.New("truncated: the file ends inside a variable")

// bytes reads n bytes, or reports that the data end before.
func (m *matReader) bytes(n int64) ([]byte, error) {
	if n > m.limit {
		return nil, errMATTruncated
	}
	m.limit -= n
	data, err := readAtMost(m.r, int(n))
	if err == nil && int64(len(data)) < n {
		err = errMATTruncated
	}
	return data, err
}

// skip passes over n bytes.
func (m *matReader) skip(n int64) error {
	if n > m.limit {
		return errMATTruncated
	}
	m.limit -= n
	_, err := io.CopyN(io.Discard, m.r, n)
	if errors.Is(err, io.EOF) {
		err = errMATTruncated
	}
	return err
}

// tag reads the tag of a top-level element; io.EOF is the end of the file.
func (m *matReader) tag() (kind uint32, size int64, err error) {
	var tag [8]byte
	n, err := io.ReadFull(m.r, tag[:])
	m.limit -= int64(n)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return 0, 0, errMATTruncated
	case err != nil:
		return 0, 0, err
	}
	kind, size = m.order.Uint32(tag[:]), int64(m.order.Uint32(tag[4:]))
	if size > m.limit {
		return 0, 0, errMATTruncated
	}
	return kind, size, nil
}

// variable reads a top-level element of size bytes, which is an array, packed or
// not, and keeps it if it has one of the names.
func (m *matReader) variable(kind uint32, size int64, names []string, found map[string]matArray) error {
	switch kind {
	case miMatrix:
		return m.array(size, names, found)
	case miCompressed:
		return m.packed(size, names, found)
	}
	return m.skip(size)
}

// packed reads a variable that is packed in size bytes.
func (m *matReader) packed(size int64, names []string, found map[string]matArray) error {
	m.limit -= size
	in := &io.LimitedReader{R: m.r, N: size}
	z, err := zlib.NewReader(in)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	inside := &matReader{r: z, order: m.order, limit: unpacked(size)}
	kind, length, err := inside.tag()
	switch {
	case errors.Is(err, io.EOF):
		err = errMATTruncated
	case err == nil && kind != miMatrix:
		err = fmt.Errorf("a packed element of type %d, want %d", kind, miMatrix)
	case err == nil:
		err = inside.array(length, names, found)
	}
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, z); err != nil { // up to zlib's checksum
		return fmt.Errorf("unpack: %w", err)
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// array reads the parts of an array of size bytes: flags, dimensions, name,
// elements. Of arrays that are not wanted the rest is skipped.
func (m *matReader) array(size int64, names []string, found map[string]matArray) error {
	in := &matReader{r: m.r, order: m.order, limit: size}
	defer func() { m.limit -= size }()
	flags, err := in.ints(miUint32, 2)
	if err != nil {
		return fmt.Errorf("flags of a variable: %w", err)
	}
	a := matArray{order: m.order, class: uint8(flags[0])}
	isComplex := flags[0]&0x0800 != 0
	if a.class >= matDouble && a.class <= matUint64 { // others, such as cells, have other parts
		dims, err := in.ints(miInt32, maxMATDims)
		if err != nil {
			return fmt.Errorf("dimensions of a variable: %w", err)
		}
		kind, name, err := in.element(maxMATName)
		if err != nil || kind != miInt8 {
			return fmt.Errorf("name of a variable: %w", cmp.Or(err, errMATTruncated))
		}
		if slices.Contains(names, string(name)) {
			if isComplex {
				return fmt.Errorf("variable %s is complex", name)
			}
			if err := in.elements(&a, dims); err != nil {
				return fmt.Errorf("variable %s: %w", name, err)
			}
			found[string(name)] = a
		}
	}
	return in.skip(in.limit)
}

// elements reads the elements of an array with the given dimensions.
func (m *matReader) elements(a *matArray, dims []uint32) error {
	n := int64(1)
	for _, d := range dims {
		a.dims = append(a.dims, int(d))
		if d > math.MaxInt32 || n > 0 && int64(d) > m.limit/n {
			return errMATTruncated
		}
		n *= int64(d)
	}
	kind, data, err := m.element(m.limit)
	if err != nil {
		return err
	}
	a.kind, a.data = kind, data
	if size, ok := matSizes[kind]; !ok || int64(len(data)) != n*int64(size) {
		return fmt.Errorf("%d bytes of type %d for %v elements", len(data), kind, a.dims)
	}
	return nil
}

// ints reads an element of at most so many 4-byte integers of a type.
func (m *matReader) ints(kind uint32, most int64) ([]uint32, error) {
	got, data, err := m.element(4 * most)
	if err != nil {
		return nil, err
	}
	if got != kind || len(data) < 8 || len(data)%4 != 0 {
		return nil, fmt.Errorf("%d bytes of type %d, want type %d", len(data), got, kind)
	}
	values := make([]uint32, len(data)/4)
	for i := range values {
		values[i] = m.order.Uint32(data[4*i:])
	}
	return values, nil
}

// element reads a data element of at most so many bytes with the padding behind
// it. A small one has its size in the upper half of its type and at most 4
// bytes, in the tag itself.
func (m *matReader) element(most int64) (kind uint32, data []byte, err error) {
	tag, err := m.bytes(8)
	if err != nil {
		return 0, nil, err
	}
	kind = m.order.Uint32(tag)
	if small := kind >> 16; small != 0 {
		if small > 4 {
			return 0, nil, fmt.Errorf("a small element of %d bytes", small)
		}
		return kind & 0xffff, tag[4 : 4+small], nil
	}
	size := int64(m.order.Uint32(tag[4:]))
	if size > most {
		return 0, nil, fmt.Errorf("an element of %d bytes where at most %d fit", size, most)
	}
	if data, err = m.bytes(size); err != nil {
		return 0, nil, err
	}
	if pad := -size & 7; pad <= m.limit { // some writers leave out the last padding
		err = m.skip(pad)
	} else {
		err = m.skip(m.limit)
	}
	return kind, data, err
}
