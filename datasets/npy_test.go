package datasets

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// npyFile returns a NumPy file of version 1.
func npyFile(descr, shape string, columns bool, data []byte) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, map[bool]string{true: "True", false: "False"}[columns], shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), data...)
}

func TestReadNPY(t *testing.T) {
	floats := func(order binary.AppendByteOrder, values ...float64) (b []byte) {
		for _, v := range values {
			b = order.AppendUint64(b, math.Float64bits(v))
		}
		return b
	}
	little, big := binary.LittleEndian, binary.BigEndian
	tests := []struct {
		name string
		file []byte
		want [][]float64
		err  string
	}{
		{"vector of bytes", npyFile("|u1", "3,", false, []byte{1, 2, 255}), [][]float64{{1}, {2}, {255}}, ""},
		{"matrix", npyFile("<f8", "2, 2", false, floats(little, 1, 2, 3, 4)), [][]float64{{1, 2}, {3, 4}}, ""},
		{"by columns", npyFile("<f8", "2, 2", true, floats(little, 1, 2, 3, 4)), [][]float64{{1, 3}, {2, 4}}, ""},
		{"big-endian", npyFile(">f8", "1,", false, floats(big, -0.5)), [][]float64{{-0.5}}, ""},
		{"int64", npyFile("<i8", "1, 1", false, little.AppendUint64(nil, math.MaxUint64-1)), [][]float64{{-2}}, ""},
		{"int16", npyFile("<i2", "1,", false, []byte{0xfe, 0xff}), [][]float64{{-2}}, ""},
		{"float32", npyFile("<f4", "1,", false, little.AppendUint32(nil, math.Float32bits(0.25))), [][]float64{{0.25}}, ""},
		{"objects", npyFile("|O", "1,", false, nil), nil, "want an array of numbers"},
		{"strings", npyFile("<U3", "1,", false, make([]byte, 12)), nil, "a NumPy array of type U3, want numbers"},
		{"three dimensions", npyFile("|u1", "1, 1, 1", false, []byte{1}), nil, "want one or two dimensions"},
		{"empty", npyFile("|u1", "0,", false, nil), nil, "a NumPy array of shape (0,)"},
		{"cut", npyFile("<f8", "2, 2", false, floats(little, 1, 2, 3)), nil, "truncated: 2×2 elements of 8 bytes announced, 24 bytes are there"},
		{"huge", npyFile("<f8", "2147483647, 2147483647", false, nil), nil, "truncated"},
		{"half a header", npyFile("|u1", "1,", false, nil)[:30], nil, "truncated"},
	}
	for _, tt := range tests {
		got, err := parseNumbers(bytes.NewReader(tt.file), int64(len(tt.file)))
		checkError(t, tt.name, err, tt.err)
		if err == nil && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzParseNumbers(f *testing.F) {
	f.Add(npyFile("<f8", "2, 2", true, make([]byte, 32)))
	f.Add(npyFile("|u1", "3,", false, []byte{1, 2, 3}))
	f.Add([]byte("1 2\n3,4 # five\n"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		rows, err := parseNumbers(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		_, _ = newTransitions(rows, len(rows)) // must not panic
		_, _ = newLabels(rows, len(rows), 10)
	})
}
