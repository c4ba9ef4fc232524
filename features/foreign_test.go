package features

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// foreign is a table as somebody else would write it: columns by name and type,
// each record batch as JSON rows.
type foreign struct {
	fields  []arrow.Field
	meta    map[string]string
	batches []string
}

func field(name string, dt arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: dt, Nullable: true}
}

var (
	f32    = arrow.PrimitiveTypes.Float32
	f64    = arrow.PrimitiveTypes.Float64
	i32    = arrow.PrimitiveTypes.Int32
	utf8   = arrow.BinaryTypes.String
	simple = []arrow.Field{field("feature", arrow.ListOf(f32)), field("label", i32)}
)

// write writes the table as a file or a stream.
func (f foreign) write(t testing.TB, stream bool, opts ...ipc.Option) string {
	t.Helper()
	md := arrow.MetadataFrom(f.meta)
	schema := arrow.NewSchema(f.fields, &md)
	var out bytes.Buffer
	opts = append(opts, ipc.WithSchema(schema))
	type writer interface {
		Write(arrow.Record) error
		Close() error
	}
	var w writer = ipc.NewWriter(&out, opts...)
	path := filepath.Join(t.TempDir(), "foreign.arrow")
	if !stream {
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if w, err = ipc.NewFileWriter(file, opts...); err != nil {
			t.Fatal(err)
		}
	}
	for _, rows := range f.batches {
		rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if stream {
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestForeignTypes reads the same three rows through every pair of vector and
// label type, as file and stream.
func TestForeignTypes(t *testing.T) {
	vectorTypes := []arrow.DataType{
		arrow.FixedSizeListOf(2, f32), arrow.FixedSizeListOf(2, f64), arrow.FixedSizeListOf(2, arrow.FixedWidthTypes.Float16),
		arrow.ListOf(f32), arrow.ListOfNonNullable(f64), arrow.LargeListOf(f32), arrow.LargeListOf(arrow.FixedWidthTypes.Float16),
		arrow.ListViewOf(f32), arrow.LargeListViewOf(f64),
	}
	labelTypes := []arrow.DataType{
		arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, i32, arrow.PrimitiveTypes.Int64,
		arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Uint64,
		&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.PrimitiveTypes.Int64},
	}
	batches := []string{
		`[{"other":"a","feature":[1,2],"label":2,"logits":[0,1,2]},{"other":null,"feature":[3,4],"label":0,"logits":[3,4,5]}]`,
		`[]`,
		`[{"other":"b","feature":[-0.5,0.25],"label":1,"logits":[6,7,8]}]`,
	}
	want := Batch{N: 3, Features: []float64{1, 2, 3, 4, -0.5, 0.25}, Logits: []float64{0, 1, 2, 3, 4, 5, 6, 7, 8},
		Labels: []int{2, 0, 1}, TrueLabels: []int{2, 0, 1}}
	for _, vector := range vectorTypes {
		for _, label := range labelTypes {
			for _, stream := range []bool{false, true} {
				if _, dictionary := label.(*arrow.DictionaryType); dictionary && !stream {
					continue // the three batches have dictionaries of their own, which a file cannot hold
				}
				t.Run(fmt.Sprintf("%s, %s, stream %t", vector, label, stream), func(t *testing.T) {
					f := foreign{batches: batches, fields: []arrow.Field{
						field("other", utf8), field("feature", vector), field("label", label), field("logits", vectorOf(vector, 3))}}
					path := f.write(t, stream)
					checkAllocator(t)
					table, got := mustRead(t, path)
					if !equalBatches(got, want) {
						t.Errorf("read %+v, want %+v", got, want)
					}
					if table.Classes() != 3 || table.Dim() != 2 || table.LogitDim() != 3 {
						t.Errorf("K = %d, d = %d, %d logits", table.Classes(), table.Dim(), table.LogitDim())
					}
				})
			}
		}
	}
}

// vectorOf is dt for vectors of another width.
func vectorOf(dt arrow.DataType, width int32) arrow.DataType {
	if list, ok := dt.(*arrow.FixedSizeListType); ok {
		return arrow.FixedSizeListOf(width, list.Elem())
	}
	return dt
}

func TestCompression(t *testing.T) {
	f := foreign{fields: simple, batches: []string{compressible(1000), compressible(10)}, meta: map[string]string{"classes": "7"}}
	_, want := mustRead(t, f.write(t, false))
	for name, opt := range map[string]ipc.Option{"lz4": ipc.WithLZ4(), "zstd": ipc.WithZstd()} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " stream ", stream), func(t *testing.T) {
				path := f.write(t, stream, opt)
				checkAllocator(t)
				if _, got := mustRead(t, path); !equalBatches(got, want) {
					t.Error("the rows differ from the uncompressed ones")
				}
			})
		}
	}
}

// TestPolarsLZ4 reads a file of polars, whose LZ4 frames have checksums of blocks,
// as pyarrow's do not.
func TestPolarsLZ4(t *testing.T) {
	checkAllocator(t)
	_, got := mustRead(t, filepath.Join("testdata", "polars-lz4.arrow")) // of polars 2.1.0's write_ipc
	want := Batch{N: 3, Features: []float64{1, 2, 3, 4, -0.5, 0.25}, Logits: []float64{0, 1, 2, 3, 4, 5, 6, 7, 8},
		Labels: []int{2, 0, 1}, TrueLabels: []int{2, 0, 1}}
	if !equalBatches(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func compressible(n int) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"feature":[%d,0,0,0],"label":%d}`, i/100, i%7)
	}
	return "[" + strings.Join(rows, ",") + "]"
}

func TestNotes(t *testing.T) {
	whole := append(slices.Clone(simple), field("true_label", i32), field("logits", arrow.ListOf(f32)))
	for _, c := range []struct {
		name    string
		table   foreign
		classes int
		notes   []string
	}{
		{"bare", foreign{fields: simple, batches: []string{`[{"feature":[1],"label":4}]`}}, 5, []string{
			"no metadata classes: K is 5, the largest label + 1",
			"no column true_label: nothing counts as corrupted",
			"no column logits: what needs logits is left out"}},
		{"true labels count", foreign{fields: whole, batches: []string{`[{"feature":[1],"label":1,"true_label":2,"logits":[1,2,3]}]`}}, 3,
			[]string{"no metadata classes: K is 3, the largest label + 1"}},
		{"the largest label comes last", foreign{fields: whole, batches: []string{
			`[{"feature":[1],"label":0,"true_label":0,"logits":[1,2]}]`, `[{"feature":[1],"label":1,"true_label":0,"logits":[1,2]}]`}}, 2,
			[]string{"no metadata classes: K is 2, the largest label + 1"}},
		{"more logits than classes", foreign{fields: whole, meta: map[string]string{"classes": "2"},
			batches: []string{`[{"feature":[1],"label":1,"true_label":0,"logits":[1,2,3,4]}]`}}, 2,
			[]string{"column logits has 4 values a row for 2 classes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.table.write(t, false)
			checkAllocator(t)
			table, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if table.Classes() != c.classes || !slices.Equal(table.Notes(), c.notes) {
				t.Errorf("K = %d with notes %q, want %d with %q", table.Classes(), table.Notes(), c.classes, c.notes)
			}
		})
	}
}

// TestBadTables wants one-line errors that name file, column and row.
func TestBadTables(t *testing.T) {
	two := map[string]string{"classes": "2"}
	with := func(extra ...arrow.Field) []arrow.Field { return append(slices.Clone(simple), extra...) }
	labelled := func(dt arrow.DataType) []arrow.Field { return []arrow.Field{simple[0], field("label", dt)} }
	features := func(dt arrow.DataType) []arrow.Field { return []arrow.Field{field("feature", dt), simple[1]} }
	for _, c := range []struct {
		name  string
		table foreign
		want  string
	}{
		{"no rows", foreign{fields: simple, meta: two, batches: []string{"[]"}}, "the table has no rows"},
		{"no batches", foreign{fields: simple, meta: two}, "the table has no rows"},
		{"no feature", foreign{fields: []arrow.Field{field("x", f32), simple[1]}}, "no column feature; there are: x, label"},
		{"no label", foreign{fields: simple[:1]}, "no column label; there are: feature"},
		{"two labels", foreign{fields: with(simple[1])}, "2 columns are called label"},
		{"scalar feature", foreign{fields: features(f32)}, "column feature has type float32, want a list of floats"},
		{"integer feature", foreign{fields: features(arrow.ListOf(i32))}, "want a list of floats"},
		{"nested feature", foreign{fields: features(arrow.ListOf(arrow.ListOf(f32)))}, "want a list of floats"},
		{"float label", foreign{fields: labelled(f64)}, "column label has type float64, want an integer type (cast it)"},
		{"text label", foreign{fields: labelled(utf8)}, "column label has type utf8, want an integer type (cast it)"},
		{"bool label", foreign{fields: labelled(arrow.FixedWidthTypes.Boolean)}, "want an integer type (cast it)"},
		{"split type", foreign{fields: with(field("split", i32))}, "column split has type int32, want utf8"},
		{"null label", foreign{fields: simple, meta: two, batches: []string{`[{"feature":[1],"label":0},{"feature":[1],"label":null}]`}},
			"column label, row 1: is null"},
		{"null feature in batch 1", foreign{fields: simple, meta: two, batches: []string{`[{"feature":[1],"label":0}]`, `[{"feature":[1],"label":0},{"feature":null,"label":0}]`}},
			"column feature, row 2 (row 1 of record batch 1): is null"},
		{"null value", foreign{fields: simple, meta: two, batches: []string{`[{"feature":[1,2],"label":0},{"feature":[1,null],"label":0}]`}},
			"column feature, row 1: value 1 is null"},
		{"null logits", foreign{fields: with(field("logits", arrow.FixedSizeListOf(2, f32))), meta: two, batches: []string{`[{"feature":[1],"label":0,"logits":null}]`}},
			"column logits, row 0: is null"},
		{"null split", foreign{fields: with(field("split", utf8)), meta: two, batches: []string{`[{"feature":[1],"label":0,"split":null}]`}},
			"column split, row 0: is null"},
		{"ragged", foreign{fields: simple, meta: two, batches: []string{`[{"feature":[1,2],"label":0},{"feature":[1],"label":0}]`}},
			"column feature, row 1: has 1 values, want 2"},
		{"ragged over batches", foreign{fields: simple, meta: two, batches: []string{`[{"feature":[1,2],"label":0}]`, `[{"feature":[1,2,3],"label":0}]`}},
			"column feature, row 1 (row 0 of record batch 1): has 3 values, want 2"},
		{"empty vector", foreign{fields: simple, meta: two, batches: []string{`[{"feature":[],"label":0}]`}},
			"column feature, row 0: is an empty vector"},
		{"negative label", foreign{fields: simple, batches: []string{`[{"feature":[1],"label":-1}]`}}, "column label, row 0: label -1 is not in 0..1048575"},
		{"label is an id", foreign{fields: simple, batches: []string{`[{"feature":[1],"label":2000000}]`}}, "column label, row 0: label 2000000 is not in 0..1048575"},
		{"label too large", foreign{fields: simple, meta: two, batches: []string{`[{"feature":[1],"label":2}]`}}, "column label, row 0: label 2 is not in 0..1"},
		{"uint64 label", foreign{fields: labelled(arrow.PrimitiveTypes.Uint64), meta: two, batches: []string{`[{"feature":[1],"label":18446744073709551615}]`}},
			"column label, row 0: label 9223372036854775807 is not in 0..1"},
		{"true label too large", foreign{fields: with(field("true_label", i32)), meta: two, batches: []string{`[{"feature":[1],"label":1,"true_label":2}]`}},
			"column true_label, row 0: label 2 is not in 0..1"},
		{"too few logits", foreign{fields: with(field("logits", arrow.ListOf(f32))), meta: two, batches: []string{`[{"feature":[1],"label":1,"logits":[1]}]`}},
			"column logits has 1 values a row, fewer than the 2 classes"},
		{"metadata", foreign{fields: simple, meta: map[string]string{"classes": "ten"}, batches: []string{`[{"feature":[1],"label":1}]`}},
			`metadata classes is "ten", want a number from 1 to 1048576`},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, " stream ", stream), func(t *testing.T) {
				path := c.table.write(t, stream)
				checkAllocator(t)
				table, err := Open(path)
				if err == nil {
					_, err = readAll(table)
				}
				checkError(t, err, path, c.want)
			})
		}
	}
}

// checkError wants an error of one line that names path and ends with want.
func checkError(t *testing.T, err error, path, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	text := err.Error()
	if strings.Contains(text, "\n") || strings.Count(text, path) != 1 || !strings.HasSuffix(text, want) {
		t.Errorf("error %q, want one line with the path once and at the end %q", text, want)
	}
}

// TestSlices reads one record batch that is larger than a Batch may be.
func TestSlices(t *testing.T) {
	f := fixtures()[4]
	table, err := Open(f.write(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	batches := 0
	err = table.Each(func(b Batch) error {
		batches++
		if n := len(b.Features) + len(b.Logits); n > maxBatchValues {
			t.Errorf("a batch of %d values, more than %d", n, maxBatchValues)
		}
		return nil
	})
	if err != nil || batches < 2 {
		t.Errorf("%d batches, error %v; want several", batches, err)
	}
}

// TestHalfFloat compares halves with what IEEE 754 says they are, the smallest
// ones too.
func TestHalfFloat(t *testing.T) {
	half := map[uint16]float64{
		0x0000: 0, 0x0001: 0x1p-24, 0x8001: -0x1p-24, 0x03ff: 0x3ffp-24, 0x0400: 0x1p-14, 0xbc00: -1,
		0x3555: 0x555p-12, 0x7bff: 65504, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	}
	for bits, want := range half {
		if got := halfFloat(float16.FromBits(bits)); got != want {
			t.Errorf("%#04x is %g, want %g", bits, got, want)
		}
	}
}

func TestEachReturnsTheCallersError(t *testing.T) {
	checkAllocator(t)
	path := fixtures()[2].write(t, t.TempDir())
	table, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	calls, stop := 0, fmt.Errorf("stop")
	if err := table.Each(func(Batch) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("error %v after %d calls, want the caller's after 1", err, calls)
	}
}
