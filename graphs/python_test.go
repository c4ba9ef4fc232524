package graphs

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
)

// pythonONNX is what the scripts need of Python.
var pythonONNX = []string{"onnx"}

// TestCheckerAcceptsSaved has ONNX's own checker judge saved models, with and
// without external data.
func TestCheckerAcceptsSaved(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i, golden := range goldenModels(t) {
		m := mustLoad(t, golden)
		inside, outside := filepath.Join(dir, fmt.Sprint(i, "in.onnx")), filepath.Join(dir, fmt.Sprint(i, "out.onnx"))
		mustSave(t, inside, m)
		if err := save(outside, m, 0); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, inside, outside)
	}
	syntax := filepath.Join(dir, "syntax.onnx")
	m := syntaxModel()
	for _, v := range slices.Concat(m.Graph.Inputs, m.Graph.Outputs) {
		if v.Type.Shape == nil { // the checker wants a rank there
			v.Type.Shape = m.Graph.Inputs[0].Type.Shape
		}
	}
	mustSave(t, syntax, m)
	python.Run(t, pythonONNX, "testdata/accept.py", append(paths, syntax)...)
}

// TestLoadReadsEveryEncoding reads the same values from every field that may
// hold them and from external data, as onnx writes them.
func TestLoadReadsEveryEncoding(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, pythonONNX, "testdata/encodings.py", dir)
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]float64
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"encodings.onnx", "external.onnx"} {
		g := mustLoad(t, filepath.Join(dir, name)).Graph
		for tensor, values := range want {
			if got := g.Initializer(tensor).Floats(); !slices.Equal(got, values) {
				t.Errorf("%s: %s holds %v, want %v", name, tensor, got, values)
			}
		}
		if got := g.Initializer("strings").Strings; !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%s: strings hold %q", name, got)
		}
	}
}

// TestParserReadsFullText has ONNX's own parser read the text of models and
// compares the models it makes of it.
func TestParserReadsFullText(t *testing.T) {
	dir := t.TempDir()
	models := map[string]*Model{"syntax": syntaxModel()}
	for _, golden := range goldenModels(t) {
		models[filepath.Base(filepath.Dir(golden))] = mustLoad(t, golden)
	}
	var paths []string
	for name, m := range models {
		var text strings.Builder
		infos, err := Infer(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := Print(&text, m, FullText(), TypeComments(infos)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".txt")
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	python.Run(t, pythonONNX, "testdata/parse.py", paths...)
	for name, want := range models {
		got := mustLoad(t, filepath.Join(dir, name+".onnx"))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: onnx.parser read\n%.3000s\nwant\n%.3000s", name, Text(got), Text(want))
		}
	}
}
