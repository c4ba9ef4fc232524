package datasets

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
	"testing/fstest"
)

// matWriter makes MAT-files for tests, in either byte order.
type matWriter struct{ order byteOrder }

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// element returns a data element with its padding.
func (w matWriter) element(kind uint32, data []byte) []byte {
	b := w.order.AppendUint32(nil, kind)
	b = w.order.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// array returns an array of the given class, stored as kind.
func (w matWriter) array(name string, class, kind uint32, data []byte, dims ...int) []byte {
	flags := w.order.AppendUint32(nil, class)
	flags = w.order.AppendUint32(flags, 0)
	var shape []byte
	for _, d := range dims {
		shape = w.order.AppendUint32(shape, uint32(d))
	}
	return w.element(miMatrix, slices.Concat(
		w.element(miUint32, flags), w.element(miInt32, shape), w.element(miInt8, []byte(name)), w.element(kind, data)))
}

// packed returns an element in packed form.
func (w matWriter) packed(element []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write(element)
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // a buffer takes all
	}
	out := w.order.AppendUint32(nil, miCompressed)
	out = w.order.AppendUint32(out, uint32(b.Len()))
	return append(out, b.Bytes()...)
}

// file returns a whole MAT-file.
func (w matWriter) file(elements ...[]byte) []byte {
	header := bytes.Repeat([]byte(" "), 124)
	copy(header, "MATLAB 5.0 MAT-file, a test")
	header = w.order.AppendUint16(header, 0x0100)
	header = w.order.AppendUint16(header, 'M'<<8|'I')
	return append(header, slices.Concat(elements...)...)
}

// svhnFile returns a file in SVHN's form: n images of rows×columns, of which
// each pixel is its index in the file, and labels 10, 1, 2, ….
func svhnFile(n, rows, columns int) []byte {
	w := matWriter{binary.LittleEndian}
	x := make([]byte, rows*columns*3*n)
	for i := range x {
		x[i] = byte(i)
	}
	y := make([]byte, n)
	for i := range y {
		y[i] = byte((i+9)%10) + 1
	}
	return w.file(w.packed(w.array("X", matUint8, miUint8, x, rows, columns, 3, n)), w.packed(w.array("y", matUint8, miUint8, y, n, 1)))
}

// What scipy writes, testdata/scipy_mat.py says of which content.
func TestSVHNByScipy(t *testing.T) {
	for name, n := range map[string]int{"packed.mat": 3, "plain.mat": 3, "one.mat": 1} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		images, labels := readSVHNFile(t, data)
		if images.N != n || images.C != 3 || images.H != 4 || images.W != 5 || !slices.Equal(labels, []int32{0, 1, 9}[:n]) {
			t.Fatalf("%s: %d×%d×%d×%d, labels %v", name, images.N, images.C, images.H, images.W, labels)
		}
		for i := range images.N {
			for j, got := range images.At(i) {
				h, r, c := j/20, j/5%4, j%5
				if want := byte(7*r + 3*c + 50*h + 11*i); got != want {
					t.Fatalf("%s: row %d, column %d, channel %d of image %d is %d, want %d", name, r, c, h, i, got, want)
				}
			}
		}
	}
}

func readSVHNFile(t *testing.T, data []byte) (Images, []int32) {
	t.Helper()
	f, _ := mustLookup(t, "svhn").locate(fstest.MapFS{"svhn/train_32x32.mat": {Data: data}, "svhn/test_32x32.mat": {}}, "")
	images, labels, err := readSVHN(f, Train)
	if err != nil {
		t.Fatal(err)
	}
	return images, labels
}

func TestReadMATValues(t *testing.T) {
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		w := matWriter{order}
		float32s := order.AppendUint32(nil, math.Float32bits(-3))
		float64s := order.AppendUint64(order.AppendUint64(nil, math.Float64bits(7)), math.Float64bits(1e15))
		file := w.file(
			w.array("a", 8, miInt8, []byte{0xff, 2}, 1, 2), w.array("skipped", matDouble, miDouble, float64s, 2, 1),
			w.packed(w.array("b", 10, 3, order.AppendUint16(nil, 0xfffe), 1, 1)), w.array("c", 7, 7, float32s, 1, 1),
			w.array("d", matDouble, miDouble, float64s, 2, 1), w.array("e", 13, miUint32, order.AppendUint32(nil, math.MaxUint32), 1, 1),
			w.element(14, w.element(miUint32, append(order.AppendUint32(nil, 1), 0, 0, 0, 0))), // a cell array, whose other parts do not matter
		)
		found, err := readMAT(bytes.NewReader(file), int64(len(file)), "a", "b", "c", "d", "e")
		if err != nil || len(found) != 5 {
			t.Fatalf("%v: %d variables, %v", order, len(found), err)
		}
		for name, want := range map[string][]int64{"a": {-1, 2}, "b": {-2}, "c": {-3}, "d": {7, 1e15}, "e": {math.MaxUint32}} {
			if got, err := found[name].integers(); err != nil || !slices.Equal(got, want) {
				t.Errorf("%v: %s is %v, %v, want %v", order, name, got, err, want)
			}
		}
	}
}

func TestReadMATRefuses(t *testing.T) {
	w := matWriter{binary.LittleEndian}
	good := svhnFile(2, 3, 4)
	x := w.array("X", matUint8, miUint8, make([]byte, 72), 3, 4, 3, 2)
	y := w.array("y", matUint8, miUint8, []byte{1, 2}, 2, 1)
	halves := w.array("y", matDouble, miDouble, w.order.AppendUint64(make([]byte, 8), math.Float64bits(1.5)), 2, 1)
	version := slices.Clone(good)
	version[125] = 2
	broken := slices.Clone(good)
	broken[len(broken)-2] ^= 1
	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "truncated, or no MAT-file: 0 bytes"},
		{"HTML", []byte("<!DOCTYPE html>" + string(make([]byte, 200))), "not a MAT-file of version 5: it starts with \"<!DOCTYPE \""},
		{"HDF5", []byte("\x89HDF\r\n\x1a\n"), "version 7.3 (HDF5); save it with -v7"},
		{"7.3", version, "version 7.3 (HDF5); save it with -v7"},
		{"cut in a variable", good[:len(good)-9], "truncated"},
		{"cut in a tag", good[:132], "truncated: the file ends inside a variable"},
		{"a flipped bit", broken, "unpack: "},
		{"no y", w.file(x), "there is no variable y in it"},
		{"too few labels", w.file(x, w.array("y", matUint8, miUint8, []byte{1}, 1, 1)), "variable y: 1 labels for 2 images"},
		{"label 11", w.file(x, w.array("y", matUint8, miUint8, []byte{1, 11}, 2, 1)), "variable y: label 11 at index 1, the labels are 1 to 10"},
		{"label 1.5", w.file(x, halves), "variable y: element 1: 1.5 is not a whole number"},
		{"grey", w.file(w.array("X", matUint8, miUint8, make([]byte, 24), 3, 4, 2), y), "its shape is [3 4 2], want rows×columns×3×images"},
		{"floats", w.file(w.array("X", matDouble, miUint8, make([]byte, 72), 3, 4, 3, 2), y), "an array of class 6 (elements of type 2), want class 9, uint8"},
		{"dimensions beyond the data", w.file(w.array("X", matUint8, miUint8, make([]byte, 8), 1<<30, 1<<30, 3, 1<<30), y), "truncated"},
		{"fewer elements than dimensions", w.file(w.array("X", matUint8, miUint8, make([]byte, 64), 3, 4, 3, 2), y), "64 bytes of type 2 for [3 4 3 2] elements"},
	}
	for _, tt := range tests {
		f, _ := mustLookup(t, "svhn").locate(fstest.MapFS{"svhn/train_32x32.mat": {Data: tt.file}, "svhn/test_32x32.mat": {}}, "/data")
		_, _, err := readSVHN(f, Train)
		checkError(t, tt.name, err, tt.want)
		checkError(t, tt.name, err, "/data/svhn/train_32x32.mat: ")
	}
}

func FuzzReadMAT(f *testing.F) {
	f.Add(svhnFile(2, 3, 4))
	for _, name := range []string{"packed.mat", "plain.mat"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := readMAT(bytes.NewReader(data), int64(len(data)), "X", "y")
		if err != nil {
			return
		}
		_, _ = found["y"].integers() // must not panic
		images, err := svhnImages(found["X"])
		if err == nil && len(images.Pixels) != images.N*3*images.H*images.W {
			t.Errorf("%d pixels of %d×3×%d×%d", len(images.Pixels), images.N, images.H, images.W)
		}
	})
}
