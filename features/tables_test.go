package features

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

func TestClassifier(t *testing.T) {
	checkAllocator(t)
	path := filepath.Join(t.TempDir(), "classifier.arrow")
	want := &Classifier{Classes: 2, Dim: 3, Weight: []float64{1, 2, 3, -0.5, 0.25, 0}, Bias: []float64{0.5, -1}}
	if err := WriteClassifier(path, *want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadClassifier(path)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v (error %v), want %+v", got, err, want)
	}
	want.Bias = nil
	if err := WriteClassifier(path, *want); err != nil {
		t.Fatal(err)
	}
	want.Bias = []float64{0, 0}
	if got, err = ReadClassifier(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("without bias: read %+v (error %v), want %+v", got, err, want)
	}
}

func TestForeignClassifier(t *testing.T) {
	weight, bias := field("weight", arrow.LargeListOf(f64)), field("bias", f64)
	for _, c := range []struct {
		name  string
		table foreign
		want  *Classifier
		err   string
	}{
		{"float64 in two batches", foreign{fields: []arrow.Field{bias, weight}, batches: []string{
			`[{"weight":[0.1,2],"bias":0.2}]`, `[{"weight":[3,4],"bias":-1}]`}},
			&Classifier{Classes: 2, Dim: 2, Weight: []float64{0.1, 2, 3, 4}, Bias: []float64{0.2, -1}}, ""},
		{"no bias", foreign{fields: []arrow.Field{weight}, batches: []string{`[{"weight":[1]}]`}},
			&Classifier{Classes: 1, Dim: 1, Weight: []float64{1}}, ""},
		{"no weight", foreign{fields: []arrow.Field{bias}}, nil, "no column weight; there are: bias"},
		{"integer bias", foreign{fields: []arrow.Field{weight, field("bias", i32)}}, nil, "column bias has type int32, want a float"},
		{"no rows", foreign{fields: []arrow.Field{weight}, batches: []string{"[]"}}, nil, "the table has no rows"},
		{"ragged", foreign{fields: []arrow.Field{weight}, batches: []string{`[{"weight":[1]},{"weight":[1,2]}]`}}, nil, "column weight, row 1: has 2 values, want 1"},
		{"null bias", foreign{fields: []arrow.Field{weight, bias}, batches: []string{`[{"weight":[1],"bias":null}]`}}, nil, "column bias, row 0: is null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.table.write(t, false)
			checkAllocator(t)
			got, err := ReadClassifier(path)
			if c.err != "" {
				checkError(t, err, path, c.err)
			} else if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("read %+v (error %v), want %+v", got, err, c.want)
			}
		})
	}
}

func TestFlatTable(t *testing.T) {
	checkAllocator(t)
	path := filepath.Join(t.TempDir(), "samples.arrow")
	for _, rows := range []int{0, 3} {
		cols := []Column{
			{"index", []int32{4, 5, 6}[:rows]},
			{"count", []int64{1 << 40, 0, -1}[:rows]},
			{"lr", []float32{0.1, 0, -1}[:rows]},
			{"loss", []float64{0.1, 0, -1}[:rows]},
			{"split", []string{"train", "", "wäl"}[:rows]},
		}
		meta := map[string]string{"seed": "6", "run": "x"}
		if err := WriteTable(path, meta, cols...); err != nil {
			t.Fatal(err)
		}
		got, gotMeta, err := ReadTable(path)
		if err != nil || !reflect.DeepEqual(got, cols) || !reflect.DeepEqual(gotMeta, meta) {
			t.Errorf("%d rows: read %v %v (error %v), want %v %v", rows, got, gotMeta, err, cols, meta)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o400 == 0 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestForeignFlatTable(t *testing.T) {
	dictionary := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: utf8}
	f := foreign{fields: []arrow.Field{field("split", dictionary)}, batches: []string{`[{"split":"b"},{"split":"a"},{"split":"b"}]`, `[{"split":"c"}]`}}
	path := f.write(t, true)
	checkAllocator(t)
	cols, _, err := ReadTable(path)
	if err != nil || !reflect.DeepEqual(cols, []Column{{"split", []string{"b", "a", "b", "c"}}}) {
		t.Errorf("read %v (error %v)", cols, err)
	}
	for want, f := range map[string]foreign{
		"column x has type bool, want int32, int64, float32, float64 or utf8": {fields: []arrow.Field{field("x", arrow.FixedWidthTypes.Boolean)}},
		"column x, row 1: is null": {fields: []arrow.Field{field("x", i32)}, batches: []string{`[{"x":1},{"x":null}]`}},
	} {
		path := f.write(t, false)
		_, _, err := ReadTable(path)
		checkError(t, err, path, want)
	}
}

func TestValues(t *testing.T) {
	cols := []Column{{"a", []int32{1, 2}}}
	if v, err := Values[int32](cols, "a"); err != nil || len(v) != 2 {
		t.Errorf("%v, error %v", v, err)
	}
	for _, c := range []struct{ name, want string }{{"a", "column a holds []int32, want []string"}, {"b", "no column b"}} {
		if _, err := Values[string](cols, c.name); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}
