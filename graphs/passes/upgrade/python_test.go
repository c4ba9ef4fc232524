package upgrade

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
)

// pythonRuntime is what the scripts need of Python.
var pythonRuntime = []string{"onnx", "onnxruntime"}

// TestUpgradeKeepsMeaning compares what ONNX Runtime makes of models in older
// operator sets with what it, and the interpreter, make of the upgraded ones.
func TestUpgradeKeepsMeaning(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, pythonRuntime, "testdata/old_models.py", dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.data.onnx"))
	if err != nil || len(files) < 80 {
		t.Fatalf("%d models, error %v", len(files), err)
	}
	for _, path := range files {
		base := strings.TrimSuffix(path, ".data.onnx")
		name := filepath.Base(base)
		m := load(t, base+".onnx")
		upgraded, err := Model(m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		declareOutputs(t, upgraded)
		if err := graphs.Save(base+".new.onnx", upgraded); err != nil {
			t.Fatal(err)
		}
		if name == "RoiAlign_10" {
			continue // the interpreter does not know it
		}
		if err := graphtest.Reproduces(upgraded, load(t, path).Graph); err != nil {
			t.Errorf("%s, interpreted: %v\n%s", name, err, graphs.Text(upgraded))
		}
	}
	if wrong := python.Run(t, pythonRuntime, "testdata/run_upgraded.py", dir); wrong != "" {
		t.Error(wrong)
	}
}

func load(t *testing.T, path string) *graphs.Model {
	t.Helper()
	m, err := graphs.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// declareOutputs gives the outputs their inferred types: the checker wants
// some.
func declareOutputs(t *testing.T, m *graphs.Model) {
	t.Helper()
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range m.Graph.Outputs {
		if v.Type = infos[v.Name].Type; v.Type.Elem == graphs.Undefined {
			t.Errorf("output %q has no inferred type:\n%s", v.Name, graphs.Text(m))
		}
	}
}

// TestSpellAttention compares Attention spelt out with the node tests of the
// onnx package.
func TestSpellAttention(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, pythonRuntime, "../../eval/testdata/export_node_tests.py", dir)
	files, err := filepath.Glob(filepath.Join(dir, "test_attention_*.data.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	spelt := 0
	for _, path := range files {
		name := filepath.Base(path)
		if strings.Contains(name, "_expanded") || strings.Contains(name, "fullymasked") || strings.Contains(name, "nan_robustness") {
			continue // a query that sees no key has no softmax
		}
		m, err := SpellAttention(load(t, strings.TrimSuffix(path, ".data.onnx")+".onnx"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if slices.ContainsFunc(m.Graph.Nodes, func(n *graphs.Node) bool { return n.Op == "Attention" }) {
			continue
		}
		spelt++
		data := load(t, path).Graph
		if data.Initializers[0].Type != graphs.Float32 {
			continue // rounded in other places
		}
		if err := graphtest.Reproduces(m, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if spelt < 20 {
		t.Errorf("%d of %d are spelt out", spelt, len(files))
	}
}
