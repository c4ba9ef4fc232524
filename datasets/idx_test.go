package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// encodeIDX returns the IDX file of an array of unsigned bytes.
func encodeIDX(data []byte, shape ...int) []byte {
	b := []byte{0, 0, idxUint8, byte(len(shape))}
	for _, d := range shape {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, data...)
}

// pack returns data as a gzip file.
func pack(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

func TestReadIDX(t *testing.T) {
	good := encodeIDX([]byte{1, 2, 3, 4, 5, 6}, 1, 2, 3)
	edit := func(i int, b byte) []byte {
		c := slices.Clone(good)
		c[i] = b
		return c
	}
	tests := []struct {
		name string
		file []byte
		want string // in the error; empty for none
	}{
		{"good", good, ""},
		{"empty file", nil, "truncated: 0 bytes"},
		{"half a header", good[:9], "truncated: 9 bytes, the header alone has 16"},
		{"data cut", good[:20], "truncated: the header promises more than the 4 bytes"},
		{"one byte more", append(slices.Clone(good), 7), "bytes follow after the 6"},
		{"wrong magic", edit(0, '<'), "not an IDX file: it starts with 3c 00 08 03"},
		{"floats", edit(2, 0x0d), "IDX type 0x0d"},
		{"other dimensions", edit(3, 1), "IDX array of 1 dimensions, want 3"},
		{"a huge dimension", edit(4, 0xff), "truncated: the header promises more"},
		{"an overflowing product", encodeIDX(nil, 1<<32-1, 1<<32-1, 1<<32-1), "truncated: the header promises more"},
		{"a zero among huge dimensions", encodeIDX(nil, 0, 1<<32-1, 1<<32-1), ""},
	}
	for _, tt := range tests {
		a, err := readIDX(bytes.NewReader(tt.file), 3, int64(len(tt.file)))
		checkError(t, tt.name, err, tt.want)
		if err == nil && !bytes.Equal(encodeIDX(a.data, a.shape...), tt.file) {
			t.Errorf("%s: read %v %v", tt.name, a.shape, a.data)
		}
	}
}

// A packed file can unpack to far more than its size, so the header's promise
// is believed only as far as bytes arrive.
func TestReadIDXShorterThanLimit(t *testing.T) {
	file := encodeIDX(make([]byte, 10), 1<<20, 32, 32)
	_, err := readIDX(bytes.NewReader(file), 3, 1<<40)
	checkError(t, "short", err, "truncated: the header promises 1073741824 bytes of data, 10 are there")
}

func TestReadAtMost(t *testing.T) {
	for _, n := range []int{0, 1, 1 << 20, 1<<20 + 1, 5<<20 + 3} {
		want := bytes.Repeat([]byte{1, 2, 3}, n/3+1)[:n]
		got, err := readAtMost(bytes.NewReader(append(want, 9)), n)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("readAtMost(%d) = %d bytes, %v", n, len(got), err)
		}
	}
}

// smallMNIST returns files in MNIST's form of three training images of 2×2
// pixels with labels 0, 1, 1 and two test images with labels 1, 0.
func smallMNIST(dir string) fstest.MapFS {
	images := bytes.Repeat([]byte{0, 64, 128, 255}, 3)
	return fstest.MapFS{
		dir + "/train-images-idx3-ubyte.gz": {Data: pack(encodeIDX(images, 3, 2, 2))},
		dir + "/train-labels-idx1-ubyte.gz": {Data: pack(encodeIDX([]byte{0, 1, 1}, 3))},
		dir + "/t10k-images-idx3-ubyte":     {Data: encodeIDX(images[:8], 2, 2, 2)},
		dir + "/t10k-labels-idx1-ubyte":     {Data: encodeIDX([]byte{1, 0}, 2)},
	}
}

func TestReadIDXPart(t *testing.T) {
	tests := []struct {
		name, file string
		data       []byte
		want       string
	}{
		{"label out of range", "train-labels-idx1-ubyte.gz", encodeIDX([]byte{0, 10, 1}, 3), "label 10 at index 1, the labels of mnist are 0 to 9"},
		{"count mismatch", "train-labels-idx1-ubyte.gz", encodeIDX([]byte{0, 1}, 2), "2 labels for the 3 images of train-images-idx3-ubyte.gz"},
		{"labels for images", "train-images-idx3-ubyte.gz", encodeIDX(make([]byte, 20), 20), "IDX array of 1 dimensions, want 3"},
		{"no images", "train-images-idx3-ubyte.gz", encodeIDX(nil, 0, 28, 28), "no images in it: its shape is [0 28 28]"},
		{"broken gzip", "train-images-idx3-ubyte.gz", pack(encodeIDX(make([]byte, 12), 3, 2, 2))[:25], "unexpected EOF"},
		{"no gzip", "train-images-idx3-ubyte.gz", []byte{0x1f, 0x8b}, "unpack: "},
		{"unpacked under a packed name", "train-images-idx3-ubyte.gz", encodeIDX(make([]byte, 12), 3, 2, 2), ""},
	}
	for _, tt := range tests {
		fsys := smallMNIST("mnist")
		fsys["mnist/"+tt.file] = &fstest.MapFile{Data: tt.data}
		f, _ := mustLookup(t, "mnist").locate(fsys, "")
		_, _, err := readIDXPart(f, Train)
		checkError(t, tt.name, err, tt.want)
		if err != nil && !strings.Contains(err.Error(), tt.file) {
			t.Errorf("%s: error %q does not name %s", tt.name, err, tt.file)
		}
	}
}

// mustLookup returns the entry of the table with that name.
func mustLookup(t *testing.T, name string) *source {
	t.Helper()
	src, err := lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// checkError wants an error that contains a text, or none when it is empty.
func checkError(t *testing.T, name string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: error %q, want none", name, err)
	case want != "" && err == nil:
		t.Errorf("%s: no error, want %q", name, want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("%s: error %q, want %q in it", name, err, want)
	case err != nil && strings.Contains(err.Error(), "\n"):
		t.Errorf("%s: error of several lines: %q", name, err)
	}
}

func FuzzReadIDX(f *testing.F) {
	good := encodeIDX([]byte{1, 2, 3, 4, 5, 6}, 1, 2, 3)
	f.Add(good)
	f.Add(good[:7])
	f.Add(pack(good))
	f.Add(pack(good)[:20])
	f.Add(encodeIDX(nil, 1<<32-1, 1<<32-1, 1<<32-1))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"f": {Data: data}}
		var a idx
		var limit int64
		_, err := parseFile(fsys, "f", func(r io.Reader, l int64) (err error) {
			limit = l
			a, err = readIDX(r, 3, l)
			return err
		})
		if err != nil {
			return
		}
		again := encodeIDX(a.data, a.shape...)
		if int64(len(again)) > limit {
			t.Errorf("%d bytes unpacked, the limit was %d", len(again), limit)
		}
		if data[0] == 0 && !bytes.Equal(again, data) {
			t.Errorf("% x read as %v % x", data, a.shape, a.data)
		}
	})
}
