package graphs

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
)

// TestInferNodeTestsWithValues infers the node tests of the onnx package with
// their small inputs as constants: shapes and elements that depend on them
// agree with the expected outputs, and most are known.
func TestInferNodeTestsWithValues(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, pythonONNX, "eval/testdata/export_node_tests.py", dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.data.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	outputs, static, followed := 0, 0, 0
	for _, path := range files {
		base := strings.TrimSuffix(path, ".data.onnx")
		m, err := Load(base + ".onnx")
		if err != nil || !inferable(m.Graph) {
			continue
		}
		data := mustLoad(t, path)
		makeConstant(m.Graph, data.Graph)
		infos, err := Infer(m)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(base), err)
			continue
		}
		for i, v := range m.Graph.Outputs {
			want := data.Graph.Initializer(fmt.Sprintf("out.%d", i))
			if want == nil || want.Type == String {
				continue
			}
			info := infos[v.Name]
			outputs++
			if info.Shape.IsStatic() {
				static++
			}
			if info.Value != nil {
				followed++
			}
			if err := contradicts(info, want); err != nil {
				t.Errorf("%s: output %q %v", filepath.Base(base), v.Name, err)
			}
		}
	}
	t.Logf("%d outputs, %d of known shape, %d of followed content", outputs, static, followed)
	if static < outputs*95/100 {
		t.Errorf("of %d outputs only %d have a known shape", outputs, static)
	}
}

// makeConstant turns the small inputs of a graph into initializers.
func makeConstant(g, data *Graph) {
	var kept []*Value
	for i, v := range g.Inputs {
		value := data.Initializer(fmt.Sprintf("in.%d", i))
		if value == nil || value.Type == String || value.Len() > maxElements {
			kept = append(kept, v)
			continue
		}
		constant := *value
		constant.Name = v.Name
		g.Initializers = append(g.Initializers, &constant)
	}
	g.Inputs = kept
}

// contradicts compares what is inferred with a tensor.
func contradicts(info Info, want *Tensor) error {
	if info.Elem != Undefined && info.Elem != want.Type || !info.Shape.Compatible(StaticShape(want.Dims...)) {
		return fmt.Errorf("is inferred %s and is %s", info.Type, want.TensorType())
	}
	if info.Value == nil {
		return nil
	}
	exact := tensorElements(want)
	if len(info.Value) != len(exact) {
		return fmt.Errorf("has %d inferred elements of %d", len(info.Value), len(exact))
	}
	for i, e := range info.Value {
		if e.Known && e != exact[i] && (e.Float == e.Float || exact[i].Float == exact[i].Float) {
			return fmt.Errorf("has the inferred elements %v and is %v", info.Value, exact)
		}
	}
	return nil
}
