package graphs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
)

// TestInferNodeTests infers the node tests of the onnx package: what is
// inferred agrees with the outputs' true types, and is no less than what
// ONNX's own inference knows.
func TestInferNodeTests(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, pythonONNX, "testdata/shapes.py", dir)
	data, err := os.ReadFile(filepath.Join(dir, "types.json"))
	if err != nil {
		t.Fatal(err)
	}
	var theirs map[string]map[string]struct {
		Elem DType
		Dims []*int64
	}
	if err := json.Unmarshal(data, &theirs); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for name, types := range theirs {
		m, err := Load(filepath.Join(dir, name+".onnx"))
		if err != nil || !inferable(m.Graph) || m.Opset() < 9 && m.Graph.Nodes[0].Op == "Scan" {
			continue // sequences and the like, or operators out of scope
		}
		ran++
		infos, err := Infer(m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, v := range m.Graph.Outputs {
			got, known := infos[v.Name], types[v.Name]
			if got.Elem != v.Type.Elem || !got.Shape.Compatible(v.Type.Shape) {
				t.Errorf("%s: %q is inferred %s and is %s", name, v.Name, got.Type, v.Type)
				continue
			}
			if known.Dims != nil && len(got.Shape) != len(known.Dims) {
				t.Errorf("%s: %q is inferred %s, and ONNX knows its rank, %d", name, v.Name, got.Type, len(known.Dims))
				continue
			}
			for i, d := range known.Dims {
				if d != nil && !got.Shape[i].IsKnown() && name != "test_loop11" { // there ONNX believes what the body declares
					t.Errorf("%s: %q is inferred %s, and ONNX knows its dimension %d, %d", name, v.Name, got.Type, i, *d)
				}
			}
		}
	}
	if ran < 500 {
		t.Errorf("only %d of %d node tests have operators that inference knows", ran, len(theirs))
	}
}

// inferable reports whether every operator is one that inference knows.
func inferable(g *Graph) bool {
	return !slices.ContainsFunc(g.Nodes, func(n *Node) bool {
		_, ok := inference[n.Op]
		return !ok || n.Domain != "" || strings.Contains(n.Op, "Quantize")
	})
}
