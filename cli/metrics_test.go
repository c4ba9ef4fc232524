package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// TestMetricsJSON compares what `memdil metrics --json` prints with the
// reference, key by key.
func TestMetricsJSON(t *testing.T) {
	for _, name := range golden.Cases(t, "metrics") {
		var want map[string]any
		golden.JSON(t, name+"/expected.json", &want)
		delete(want, "case")
		dir := filepath.Join(goldenDir, name)
		o := MetricsOptions{Features: filepath.Join(dir, "features.arrow"), Classifier: filepath.Join(dir, "classifier.arrow"), JSON: true}
		compareJSON(t, name, metricsJSON(t, o), want)

		o.Test = o.Features
		both := metricsJSON(t, o)
		compareJSON(t, name+" nested", both, map[string]any{"train": want, "test": want})
	}
}

func metricsJSON(t *testing.T, o MetricsOptions) (got any) {
	t.Helper()
	var out, notes bytes.Buffer
	if err := runMetrics(context.Background(), o, &out, &notes); err != nil {
		t.Fatal(err)
	}
	if notes.Len() > 0 {
		t.Errorf("notes on whole files: %s", notes.String())
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// compareJSON compares decoded JSON; numbers may differ by 1e-9 relative.
func compareJSON(t *testing.T, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if _, more := g["measures"]; !ok || len(g) != len(want) && (!more || len(g) != len(want)+1) { // the reference lacks the newer measures
			t.Errorf("%s: %d keys, want %d", path, len(g), len(want))
		}
		for key, v := range want {
			compareJSON(t, path+"."+key, g[key], v)
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			t.Errorf("%s has %d elements, want %d", path, len(g), len(want))
			return
		}
		for i, v := range want {
			compareJSON(t, fmt.Sprintf("%s[%d]", path, i), g[i], v)
		}
	case float64:
		if g, ok := got.(float64); !ok || !(math.Abs(g-want) <= 1e-9*max(1e-3, math.Abs(want))) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// TestMetricsOfFolder takes folders that hold runs for such, whatever their
// names, and all else for a run folder.
func TestMetricsOfFolder(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"runs[1]/a", "study[/trials/1", "empty"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "runs[1]", "a", runfolder.ExperimentFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, run := range map[string]bool{"runs[1]": false, "runs[1]/a": true, "study[": false, "empty": true, "nothing": true} {
		if got := isRun(filepath.Join(dir, path)); got != run {
			t.Errorf("%s is a run folder: %t", path, got)
		}
	}
}
