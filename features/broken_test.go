package features

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// smallFiles are a file and streams, plain and compressed, that broken-file
// tests take apart.
func smallFiles(t testing.TB) map[string][]byte {
	read := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	f := foreign{fields: simple, meta: map[string]string{"classes": "7"}, batches: []string{compressible(3), compressible(4)}}
	return map[string][]byte{
		"written by memdil": read(fixtures()[3].write(t, t.TempDir())),
		"file with zstd":    read(f.write(t, false, ipc.WithZstd())),
		"stream":            read(f.write(t, true)),
		"stream with lz4":   read(f.write(t, true, ipc.WithLZ4())),
	}
}

// openAndRead is what a command does with a file.
func openAndRead(path string) (Batch, error) {
	table, err := Open(path)
	if err != nil {
		return Batch{}, err
	}
	return readAll(table)
}

// TestTruncated cuts files at every byte. A file is never whole then; a stream
// is where a record batch ends, for its end-of-stream marker is optional.
func TestTruncated(t *testing.T) {
	for name, data := range smallFiles(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cut.arrow")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			whole := 0
			for n := len(data) - 1; n >= 0; n-- {
				if err := os.Truncate(path, int64(n)); err != nil {
					t.Fatal(err)
				}
				_, err := openAndRead(path)
				if err == nil {
					whole++
				} else {
					checkError(t, err, path, "")
				}
			}
			want := 0
			if strings.HasPrefix(name, "stream") {
				want = 2 // after each of its two batches
			}
			if whole != want {
				t.Errorf("%d cuts were taken for whole, want %d", whole, want)
			}
		})
	}
}

// TestFlippedBytes inverts each byte in turn: an error or other values, no panic.
func TestFlippedBytes(t *testing.T) {
	for name, data := range smallFiles(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "flipped.arrow")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			for i, b := range data {
				file.WriteAt([]byte{b ^ 0xFF}, int64(i))
				if _, err := openAndRead(path); err != nil {
					checkError(t, err, path, "")
				}
				file.WriteAt([]byte{b}, int64(i))
			}
		})
	}
}

func TestNotArrow(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "the file is empty"},
		{"text", "label,feature\n1,2\n", "the file is truncated or corrupted"},
		{"feather 1", "FEA1 and so on", "this is Feather version 1; write it again as version 2, an Arrow IPC file"},
		{"parquet", "PAR1 and so on", "this is Parquet; write it again as an Arrow IPC file"},
		{"magic only", "ARROW1\x00\x00", "the file is truncated or corrupted"},
		{"no footer", "ARROW1\x00\x00" + strings.Repeat("x", 100), "no Arrow footer at the end: the file is truncated or corrupted"},
		{"huge message", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Fxx", "2147483647 bytes of metadata announced, 2 left: the file is truncated or corrupted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.arrow")
			if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
				t.Fatal(err)
			}
			checkAllocator(t)
			_, err := Open(path)
			checkError(t, err, path, c.want)
			_, err = ReadClassifier(path)
			checkError(t, err, path, c.want)
			_, _, err = ReadTable(path)
			checkError(t, err, path, c.want)
		})
	}
	for name, path := range map[string]string{"missing": filepath.Join(t.TempDir(), "missing.arrow"), "folder": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(path)
			checkError(t, err, path, "")
		})
	}
}

// TestCompressedSizeBomb lets a compressed buffer claim a tebibyte.
func TestCompressedSizeBomb(t *testing.T) {
	f := foreign{fields: simple, meta: map[string]string{"classes": "7"}, batches: []string{compressible(400)}}
	path := f.write(t, false, ipc.WithZstd())
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := binary.LittleEndian.AppendUint64(nil, 400*4*4) // of the features, as they lie uncompressed
	bomb := binary.LittleEndian.AppendUint64(nil, 1<<40)
	if n := bytes.Count(data, size); n != 1 {
		t.Fatalf("%d places look like the uncompressed size, want 1", n)
	}
	if err := os.WriteFile(path, bytes.Replace(data, size, bomb, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = openAndRead(path)
	checkError(t, err, path, "a buffer claims 1099511627776 bytes")
}

// FuzzOpen feeds all readers with foreign bytes.
func FuzzOpen(f *testing.F) {
	for _, data := range smallFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "fuzz.arrow")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := openAndRead(path)
		if err != nil {
			checkError(t, err, path, "")
		} else if len(all.Labels) != all.N || len(all.TrueLabels) != all.N || all.N == 0 || len(all.Features)%all.N != 0 {
			t.Errorf("%d rows with %d features, %d labels, %d true labels", all.N, len(all.Features), len(all.Labels), len(all.TrueLabels))
		}
		if _, err := ReadClassifier(path); err != nil {
			checkError(t, err, path, "")
		}
		if _, _, err := ReadTable(path); err != nil {
			checkError(t, err, path, "")
		}
	})
}
