package features

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/ort/orttest"
)

func newEngine(t testing.TB, kind EngineKind, model string, batch int) Engine {
	t.Helper()
	orttest.Runtime(t)
	e, err := NewEngine(t.Context(), kind, model, EngineOptions{Batch: batch, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// TestInfer compares both engines with the float64 interpreter, over both
// buffers and over full and partial batches.
func TestInfer(t *testing.T) {
	m := demoModel(t)
	path := save(t, m)
	for _, kind := range engineKinds {
		t.Run(string(kind), func(t *testing.T) {
			e := newEngine(t, kind, path, 8)
			if !slices.Equal(e.Input(), []int64{3, 32, 32}) || e.Dim() != 2 || e.Classes() != 2 || e.Batch() != 8 {
				t.Fatalf("input %v, d = %d, K = %d, batch %d", e.Input(), e.Dim(), e.Classes(), e.Batch())
			}
			for i, n := range []int{8, 8, 5, 5, 3, 1, 8, 2, 1} {
				x := all(noise{n}, 3*32*32)
				copy(e.Buffer(i%2), x)
				h, z, err := e.Infer(i%2, n)
				if err != nil {
					t.Fatal(err)
				}
				wantH, wantZ := oracle(t, m, x)
				if d := max(maxDiff(t, h, wantH), maxDiff(t, z, wantZ)); d > 1e-5 {
					t.Errorf("call %d, %d samples: differs by %g", i, n, d)
				}
			}
		})
	}
}

func TestNewEngineRefuses(t *testing.T) {
	orttest.Runtime(t)
	for _, c := range []struct {
		name, want string
		change     func(g *graphs.Graph)
	}{
		{"no features", `no output "features"`, func(g *graphs.Graph) { g.Outputs = g.Outputs[1:] }},
		{"no logits", `no output "logits"`, func(g *graphs.Graph) { g.Outputs = g.Outputs[:1] }},
		{"open size", "sample size", func(g *graphs.Graph) { g.Inputs[0].Type.Shape[1] = graphs.Symbolic("C") }},
		{"features of images", "vectors", func(g *graphs.Graph) {
			g.Nodes[0].Outputs[0], g.Nodes[1].Inputs[0] = "flat", "flat"
			g.Outputs[0] = &graphs.Value{Name: "features", Type: g.Inputs[0].Type}
			g.Nodes[slices.IndexFunc(g.Nodes, func(n *graphs.Node) bool { return n.Output(0) == "features" })].Outputs[0] = "h"
			g.Nodes[len(g.Nodes)-1].Inputs[0] = "h"
			g.Nodes = append(g.Nodes, &graphs.Node{Op: "Relu", Inputs: []string{g.Inputs[0].Name}, Outputs: []string{"features"}})
		}},
		{"two inputs", "2 inputs", func(g *graphs.Graph) {
			g.Inputs = append(g.Inputs, &graphs.Value{Name: "more", Type: g.Inputs[0].Type})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := demoModel(t)
			c.change(m.Graph)
			for _, kind := range engineKinds {
				e, err := NewEngine(t.Context(), kind, save(t, m), EngineOptions{})
				if err == nil {
					_ = e.Close()
					t.Fatalf("%s took the model", kind)
				}
				if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: %v, want %q", kind, err, c.want)
				}
			}
		})
	}
}

func TestNewEngineBadFile(t *testing.T) {
	orttest.Runtime(t)
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.onnx")
	if err := os.WriteFile(broken, []byte("no model"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{broken, filepath.Join(dir, "missing.onnx"), dir} {
		for _, kind := range engineKinds {
			_, err := NewEngine(t.Context(), kind, path, EngineOptions{})
			if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s on %s: %v", kind, path, err)
			}
		}
	}
}

func TestParseEngineKind(t *testing.T) {
	for name, want := range map[string]EngineKind{"ort": ONNXRuntime, "ORT": ONNXRuntime, "onnx-go": ONNXGo, "ONNX-Go": ONNXGo} {
		if got, err := ParseEngineKind(name); err != nil || got != want {
			t.Errorf("%q gives %q, %v", name, got, err)
		}
	}
	if _, err := ParseEngineKind("tvm"); err == nil || !strings.Contains(err.Error(), "onnx-go") {
		t.Errorf("unknown engine: %v", err)
	}
}
