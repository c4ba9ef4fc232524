package datasets

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// npyMagic begins a file of NumPy's format
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): then
// two bytes of version, the length of the header (2 bytes in version 1, 4 later),
// the header, a Python dictionary, and the elements.
const npyMagic = "\x93NUMPY"

// maxNPYHeader bounds the header, which has some hundred bytes.
const maxNPYHeader = 1 << 16

var (
	npyType    = regexp.MustCompile(`'descr': *'([<>|=]?)([a-zA-Z])(\d+)'`)
	npyOrder   = regexp.MustCompile(`'fortran_order': *(True|False)`)
	npyShape   = regexp.MustCompile(`'shape': *\(([^)]*)\)`)
	npyDecoder = map[string]func(b []byte, order binary.ByteOrder) float64{
		"u1": func(b []byte, _ binary.ByteOrder) float64 { return float64(b[0]) },
		"b1": func(b []byte, _ binary.ByteOrder) float64 { return float64(b[0]) },
		"i1": func(b []byte, _ binary.ByteOrder) float64 { return float64(int8(b[0])) },
		"u2": func(b []byte, o binary.ByteOrder) float64 { return float64(o.Uint16(b)) },
		"i2": func(b []byte, o binary.ByteOrder) float64 { return float64(int16(o.Uint16(b))) },
		"u4": func(b []byte, o binary.ByteOrder) float64 { return float64(o.Uint32(b)) },
		"i4": func(b []byte, o binary.ByteOrder) float64 { return float64(int32(o.Uint32(b))) },
		"u8": func(b []byte, o binary.ByteOrder) float64 { return float64(o.Uint64(b)) },
		"i8": func(b []byte, o binary.ByteOrder) float64 { return float64(int64(o.Uint64(b))) },
		"f4": func(b []byte, o binary.ByteOrder) float64 { return float64(math.Float32frombits(o.Uint32(b))) },
		"f8": func(b []byte, o binary.ByteOrder) float64 { return math.Float64frombits(o.Uint64(b)) },
	}
)

// npyHeader is what the header of a NumPy file says.
type npyHeader struct {
	decode     func(b []byte, order binary.ByteOrder) float64
	order      binary.ByteOrder
	size       int // of an element, in bytes
	rows, cols int
	columns    bool // the first dimension is the fastest
}

// readNPY reads a vector, as a column, or a matrix of numbers from a NumPy file
// of size bytes.
func readNPY(r io.Reader, size int64) ([][]float64, error) {
	h, err := readNPYHeader(r, size)
	if err != nil {
		return nil, err
	}
	data, err := readAtMost(r, h.rows*h.cols*h.size)
	if err != nil {
		return nil, err
	}
	if len(data) < h.rows*h.cols*h.size {
		return nil, fmt.Errorf("truncated: %d bytes of %d×%d elements", len(data), h.rows, h.cols)
	}
	rows := make([][]float64, h.rows)
	for i := range rows {
		rows[i] = make([]float64, h.cols)
		for j := range rows[i] {
			at := i*h.cols + j
			if h.columns {
				at = j*h.rows + i
			}
			rows[i][j] = h.decode(data[at*h.size:], h.order)
		}
	}
	return rows, nil
}

// readNPYHeader reads up to the elements, which it has checked to fit into what
// is left of size bytes.
func readNPYHeader(r io.Reader, size int64) (npyHeader, error) {
	start := make([]byte, len(npyMagic)+4)
	if _, err := io.ReadFull(r, start); err != nil {
		return npyHeader{}, fmt.Errorf("truncated: %w", err)
	}
	length := int64(binary.LittleEndian.Uint16(start[len(npyMagic)+2:]))
	used := int64(len(start))
	if start[len(npyMagic)] > 1 {
		var upper [2]byte
		if _, err := io.ReadFull(r, upper[:]); err != nil {
			return npyHeader{}, fmt.Errorf("truncated: %w", err)
		}
		length |= int64(binary.LittleEndian.Uint16(upper[:])) << 16
		used += 2
	}
	if length > maxNPYHeader {
		return npyHeader{}, fmt.Errorf("a header of %d bytes", length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return npyHeader{}, fmt.Errorf("truncated: %w", err)
	}
	h, err := parseNPYHeader(string(text))
	if err != nil {
		return h, err
	}
	if left := max(0, size-used-length); int64(h.rows) > left/int64(h.size)/int64(h.cols) {
		return h, fmt.Errorf("truncated: %d×%d elements of %d bytes announced, %d bytes are there", h.rows, h.cols, h.size, left)
	}
	return h, nil
}

// parseNPYHeader reads the dictionary in the header.
func parseNPYHeader(text string) (npyHeader, error) {
	h := npyHeader{order: binary.LittleEndian}
	kind, order, shape := npyType.FindStringSubmatch(text), npyOrder.FindStringSubmatch(text), npyShape.FindStringSubmatch(text)
	if kind == nil || order == nil || shape == nil {
		return h, fmt.Errorf("a NumPy file with the header %q, want an array of numbers", strings.TrimSpace(text))
	}
	if kind[1] == ">" {
		h.order = binary.BigEndian
	}
	h.columns = order[1] == "True"
	if h.decode = npyDecoder[kind[2]+kind[3]]; h.decode == nil {
		return h, fmt.Errorf("a NumPy array of type %s%s, want numbers", kind[2], kind[3])
	}
	h.size, _ = strconv.Atoi(kind[3])
	var dims []int
	for _, word := range strings.FieldsFunc(shape[1], func(c rune) bool { return c == ',' || c == ' ' }) {
		d, err := strconv.Atoi(strings.TrimSuffix(word, "L"))
		if err != nil || d < 1 || d > math.MaxInt32 {
			return h, fmt.Errorf("a NumPy array of shape (%s)", shape[1])
		}
		dims = append(dims, d)
	}
	switch len(dims) {
	case 1:
		h.rows, h.cols = dims[0], 1
	case 2:
		h.rows, h.cols = dims[0], dims[1]
	default:
		return h, fmt.Errorf("a NumPy array of shape (%s), want one or two dimensions", shape[1])
	}
	return h, nil
}
