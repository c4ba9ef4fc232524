package graphs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// goldenModels returns the models that PyTorch exported for the tests.
func goldenModels(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("../fixtures/golden/*/*/model.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden models: %v", err)
	}
	return paths
}

func TestSaveKeepsModel(t *testing.T) {
	for _, path := range goldenModels(t) {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			want := mustLoad(t, path)
			saved := filepath.Join(t.TempDir(), "model.onnx")
			mustSave(t, saved, want)
			if got := mustLoad(t, saved); !reflect.DeepEqual(got, want) {
				t.Error("the model read back differs from the one saved")
			}
			if files := folder(t, saved); len(files) != 1 {
				t.Errorf("Save left %v", files)
			}
		})
	}
}

func TestSaveKeepsMetadataOfValues(t *testing.T) {
	want := mustLoad(t, goldenModels(t)[0])
	want.Graph.Values = []*Value{{Name: want.Graph.Initializers[0].Name, Metadata: []Property{{"kind", "PARAMETER"}, {"note", ""}}}}
	path := filepath.Join(t.TempDir(), "m.onnx")
	mustSave(t, path, want)
	if got := mustLoad(t, path); !reflect.DeepEqual(got.Graph.Values, want.Graph.Values) {
		t.Errorf("read back %+v", got.Graph.Values[0])
	}
}

func TestSaveMovesLargeTensorsOut(t *testing.T) {
	want := mustLoad(t, goldenModels(t)[0])
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := save(path, want, 0); err != nil {
		t.Fatal(err)
	}
	if files := folder(t, path); !reflect.DeepEqual(files, []string{"m.onnx", "m.onnx.data"}) {
		t.Fatalf("saved files %v", files)
	}
	if got := mustLoad(t, path); !reflect.DeepEqual(got, want) {
		t.Error("the model read back differs from the one saved")
	}
	encoded, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(encoded); err == nil || !strings.Contains(err.Error(), `external file "m.onnx.data"`) {
		t.Errorf("Decode of a model with external data: %v", err)
	}
}

func TestSaveKeepsOldFileOnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.onnx")
	mustSave(t, path, mustLoad(t, goldenModels(t)[0]))
	before, _ := os.ReadFile(path)
	// A folder in the place of the data file makes the second save fail.
	if err := os.MkdirAll(path+".data/full", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := save(path, mustLoad(t, goldenModels(t)[1]), 0); err == nil {
		t.Fatal("save over a folder succeeded")
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a failed save changed the model")
	}
	if files := folder(t, path); len(files) != 2 {
		t.Errorf("a failed save left %v", files)
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	m := mustLoad(t, goldenModels(t)[0])
	m.Opsets = map[string]int64{"": 18, "a": 1, "b": 2, "c": 3, "d": 4}
	first, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if again, _ := Encode(m.Clone()); !bytes.Equal(first, again) {
			t.Fatal("the same model gave other bytes")
		}
	}
}

func TestDecodeForeignBytes(t *testing.T) {
	golden, err := os.ReadFile(goldenModels(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, data, want string }{
		{"empty", "", "it is empty"},
		{"html", "<!DOCTYPE html><html>404</html>", "HTML"},
		{"lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"},
		{"zip", "PK\x03\x04\x00\x00", "zip"},
		{"text", "hello", "truncated"},
		{"truncated", string(golden[:len(golden)/2]), "truncated"},
		{"no graph", "\x08\x0a", "no graph"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Decode([]byte(test.data))
			if !errors.Is(err, ErrNotONNX) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has more than one line", err)
			}
		})
	}
}

func TestLoadMissingFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "no.onnx")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func mustLoad(t testing.TB, path string) *Model {
	t.Helper()
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustSave(t testing.TB, path string, m *Model) {
	t.Helper()
	if err := Save(path, m); err != nil {
		t.Fatal(err)
	}
}

// folder lists the files beside path.
func folder(t testing.TB, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
