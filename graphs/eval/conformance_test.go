package eval_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
)

// deviations are node tests whose expected outputs the interpreter does not
// reproduce, with the reason.
var deviations = map[string]string{
	"test_averagepool_2d_ceil_last_window_starts_on_pad": "the expected output has four digits",
	"test_equal_string":                                  "strings are refused",
	"test_equal_string_broadcast":                        "strings are refused",
	"test_resize_downsample_scales_cubic_align_corners":  "the output size is an integer, as in the standard's text and ONNX Runtime",
	"test_resize_downsample_scales_linear_align_corners": "the output size is an integer, as in the standard's text and ONNX Runtime",
	"test_training_dropout":                              "random",
	"test_training_dropout_default":                      "random",
	"test_training_dropout_default_mask":                 "random",
	"test_training_dropout_mask":                         "random",
}

// TestConformance runs the node tests of the onnx package of every supported
// operator. It needs a Python ($MEMDIL_PYTHON, else python3) with that
// package; without one it is skipped, or fails where the list $MEMDIL_REQUIRE
// contains onnx.
func TestConformance(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, []string{"onnx.backend.test"}, "testdata/export_node_tests.py", dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.data.onnx"))
	if err != nil || len(files) < 1000 {
		t.Fatalf("%d node tests, error %v", len(files), err)
	}
	ran, passed := 0, 0
	for _, path := range files {
		base := strings.TrimSuffix(path, ".data.onnx")
		name := filepath.Base(base)
		m, err := graphs.Load(base + ".onnx")
		if err != nil || !supported(m.Graph) {
			continue // types such as float8, or operators out of scope
		}
		ran++
		err = runNodeTest(m, path)
		reason, known := deviations[name]
		switch {
		case err == nil:
			passed++
			if known {
				t.Errorf("%s passes, although it is listed to deviate: %s", name, reason)
			}
		case !known:
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Logf("%d of %d node tests pass, %d deviate as listed", passed, ran, len(deviations))
}

func supported(g *graphs.Graph) bool {
	for _, n := range g.Nodes {
		if n.Domain != "" || !eval.Supports(n.Op) {
			return false
		}
		for _, sub := range n.Subgraphs() {
			if !supported(sub) {
				return false
			}
		}
	}
	return true
}

func runNodeTest(m *graphs.Model, dataPath string) error {
	data, err := graphs.Load(dataPath)
	if err != nil {
		return err
	}
	return graphtest.Reproduces(m, data.Graph)
}
