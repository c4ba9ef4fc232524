package arrowfile

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// cutSmall has record batches of more than above bytes cut into windows of about
// window bytes.
func cutSmall(t testing.TB, above, window int64) {
	a, w := windowAbove, windowBytes
	windowAbove, windowBytes = above, window
	t.Cleanup(func() { windowAbove, windowBytes = a, w })
}

// everyType has a column of each type that can be cut.
var everyType = arrow.NewSchema([]arrow.Field{
	{Name: "vector", Type: arrow.FixedSizeListOf(3, arrow.PrimitiveTypes.Float32), Nullable: true},
	{Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64), Nullable: true},
	{Name: "large", Type: arrow.LargeListOf(arrow.FixedWidthTypes.Boolean), Nullable: true},
	{Name: "nested", Type: arrow.ListOf(arrow.ListOf(arrow.BinaryTypes.String)), Nullable: true},
	{Name: "int", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "bool", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "text", Type: arrow.BinaryTypes.LargeString, Nullable: true},
	{Name: "bytes", Type: &arrow.FixedSizeBinaryType{ByteWidth: 5}, Nullable: true},
	{Name: "nothing", Type: arrow.Null, Nullable: true},
	{Name: "half", Type: arrow.FixedWidthTypes.Float16},
	{Name: "dictionary", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}},
}, nil)

// randomRecord draws n rows.
func randomRecord(rng *rand.Rand, n int) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, everyType)
	defer b.Release()
	for _, f := range b.Fields() {
		if d, ok := f.(*array.BinaryDictionaryBuilder); ok { // a file has one dictionary
			names := array.NewStringBuilder(memory.DefaultAllocator)
			defer names.Release()
			names.AppendValues([]string{"", "a", "bc", "défg"}, nil)
			if err := d.InsertStringDictValues(names.NewStringArray()); err != nil {
				panic(err)
			}
		}
		for range n {
			appendRandom(rng, f)
		}
	}
	return b.NewRecord()
}

func appendRandom(rng *rand.Rand, b array.Builder) {
	_, half := b.(*array.Float16Builder)
	_, dictionary := b.(*array.BinaryDictionaryBuilder)
	_, null := b.(*array.NullBuilder)
	if null || !half && !dictionary && rng.IntN(4) == 0 {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for range 3 {
			appendRandom(rng, b.ValueBuilder())
		}
	case array.ListLikeBuilder:
		b.Append(true)
		for range rng.IntN(5) {
			appendRandom(rng, b.ValueBuilder())
		}
	case *array.Float32Builder:
		b.Append(rng.Float32())
	case *array.Float64Builder:
		b.Append(rng.Float64())
	case *array.Int32Builder:
		b.Append(rng.Int32())
	case *array.BooleanBuilder:
		b.Append(rng.IntN(2) == 0)
	case *array.FixedSizeBinaryBuilder:
		b.Append([]byte{byte(rng.Uint32()), 1, 2, 3, 4})
	default:
		text := []string{"", "a", "bc", "défg"}[rng.IntN(4)]
		if half {
			text = []string{"0.5", "-1"}[rng.IntN(2)]
		}
		if err := b.AppendValueFromString(text); err != nil {
			panic(err)
		}
	}
}

// writeRecords writes an Arrow file or stream.
func writeRecords(t testing.TB, path string, stream bool, records ...arrow.Record) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var w interface {
		Write(arrow.Record) error
		Close() error
	}
	if stream {
		w = ipc.NewWriter(out, ipc.WithSchema(records[0].Schema()))
	} else if w, err = ipc.NewFileWriter(out, ipc.WithSchema(records[0].Schema())); err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

// rowsOf returns all rows of a file as JSON, a line each, and the number of
// parts that they came in.
func rowsOf(path string) (rows string, parts int, err error) {
	r, err := Open(path, memory.DefaultAllocator)
	if err != nil {
		return "", 0, err
	}
	defer r.Close()
	var out bytes.Buffer
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.String(), parts, nil
		}
		if err != nil {
			return "", 0, err
		}
		parts++
		if err := Protect(func() error { return array.RecordToJSON(rec, &out) }); err != nil {
			return "", 0, err
		}
	}
}

// TestWindows cuts record batches of every type and asks for the same rows.
func TestWindows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table.arrow")
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		a, b, none := randomRecord(rng, 1+rng.IntN(200)), randomRecord(rng, 60), randomRecord(rng, 0)
		writeRecords(t, path, seed%2 == 0, a, none, b)
		want, _, err := rowsOf(path)
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func(a, w int64) { windowAbove, windowBytes = a, w }(windowAbove, windowBytes)
			windowAbove, windowBytes = 512, 1024
			got, parts, err := rowsOf(path)
			if err != nil || got != want || parts < 5 {
				t.Errorf("seed %d: %d parts, error %v, rows\n%s\nwant\n%s", seed, parts, err, got, want)
			}
		}()
	}
}

// TestWindowsOfLargeRows reads rows, such as photographs, of which the fewest that
// are cut off at a time have more bytes than what small messages may unpack to.
func TestWindowsOfLargeRows(t *testing.T) {
	cutSmall(t, 512, 1024)
	defer func(n int) { minBufferLimit = n }(minBufferLimit)
	minBufferLimit = 1000
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	for i := range 20 {
		b.Append(bytes.Repeat([]byte{byte(i)}, 1000))
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "image", Type: arrow.BinaryTypes.Binary}}, nil)
	path := filepath.Join(t.TempDir(), "table.arrow")
	writeRecords(t, path, false, array.NewRecord(schema, []arrow.Array{b.NewArray()}, 20))
	if _, parts, err := rowsOf(path); err != nil || parts != 3 {
		t.Errorf("%d parts, error %v", parts, err)
	}
}

// TestWindowsLocate names rows by the record batch that is in the file.
func TestWindowsLocate(t *testing.T) {
	cutSmall(t, 512, 1024)
	path := filepath.Join(t.TempDir(), "table.arrow")
	rng := rand.New(rand.NewPCG(1, 1))
	writeRecords(t, path, false, randomRecord(rng, 100), randomRecord(rng, 90))
	r, err := Open(path, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for seen := int64(0); ; {
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if seen += rec.NumRows(); seen > 150 {
			row := int(rec.NumRows()-1) - int(seen-151)
			const want = "column x, row 150 (row 50 of record batch 1): bad"
			if got := r.Locate(BadCell("x", row, "bad")).Error(); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			return
		}
	}
}

// FuzzWindows cuts what anyone may have written.
func FuzzWindows(f *testing.F) {
	dir := f.TempDir()
	for seed := range uint64(4) {
		path := filepath.Join(dir, "seed.arrow")
		writeRecords(f, path, seed%2 == 0, randomRecord(rand.New(rand.NewPCG(seed, 2)), 40))
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint32(0), byte(0))
		f.Add(data, uint32(len(data)/2), byte(0x80))
	}
	cutSmall(f, 64, 256)
	f.Fuzz(func(t *testing.T, data []byte, at uint32, flip byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[int(at)%len(data)] ^= flip
		}
		path := filepath.Join(t.TempDir(), "table.arrow")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, _ = rowsOf(path) // an error or rows, no panic and no huge allocation
	})
}
