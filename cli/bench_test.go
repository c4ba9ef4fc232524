package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/ort/orttest"
)

// smallNet are flags of a net that takes no time.
const smallNet = "--model MLP --width 8 --depth 1 --threads 1"

// TestBenchJSON checks the keys that scripts rely on.
func TestBenchJSON(t *testing.T) {
	orttest.Runtime(t)
	graph := filepath.Join(t.TempDir(), "net.onnx")
	mustRun(t, "graph new --model MLP --width 8 --depth 1 --classes 3 -o "+graph)
	for line, keys := range map[string]string{
		"bench step --json --steps 3 --batch_size 4 --optimizer adam " + smallNet:                                "step_ms_median step_ms_lower_quartile graph_ms_median optimizer_ms_median samples_per_second peak_memory_bytes parameters threads onnxruntime",
		"bench step --json --loop device --steps 9 --batch_size 4 " + smallNet:                                   "step_ms_median samples_per_second",
		"bench agree --json --steps 2 --batch_size 4 " + smallNet:                                                "loss_cpu loss_device parameters_apart",
		"bench profile --json --steps 2 --batch_size 4 " + smallNet:                                              "nodes",
		"bench profile --json --steps 2 --batch_size 4 --loop device " + smallNet:                                "nodes",
		"bench step --json --steps 3 --batch_size 4 --graph " + graph:                                            "step_ms_median parameters",
		"bench step --json --steps 3 --batch_size 4 --features_tensor features --reset_weights --graph " + graph: "step_ms_median",
		"bench epoch --json --samples 9 --batch_size 4 " + smallNet:                                              "epoch_seconds_median samples_per_second",
		"bench export --json --samples 9 --batch_size 4 " + smallNet:                                             "export_seconds_median infer_seconds_median samples_per_second",
		"bench metrics --json --samples 99 --dim 8 --classes 3":                                                  "seconds_median mb_per_second file_bytes",
	} {
		var result map[string]any
		if err := json.Unmarshal(mustRun(t, line), &result); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for key := range strings.FieldsSeq(keys) {
			if v, ok := result[key].(float64); key != "onnxruntime" && !(ok && v > 0) {
				t.Errorf("%s: %s is %v", line, key, result[key])
			}
		}
	}
}

// mustRun runs a command line and returns what it prints.
func mustRun(t *testing.T, line string) []byte {
	t.Helper()
	var out, messages bytes.Buffer
	if err := Run(t.Context(), append([]string{"memdil"}, strings.Fields(line)...), &out, &messages); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return out.Bytes()
}

// TestBenchStepTakesTurns has a result a round, of those only for which another
// program has written a line.
func TestBenchStepTakesTurns(t *testing.T) {
	orttest.Runtime(t)
	for line, want := range map[string]int{"--rounds 3": 3, "--rounds 3 --wait": 2} {
		var out bytes.Buffer
		app := newApp(&out, io.Discard)
		app.Reader = strings.NewReader("\n\n")
		if err := app.RunContext(t.Context(), strings.Fields("memdil bench step --json --steps 2 --batch_size 4 "+line+" "+smallNet)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var results int
		for decoder := json.NewDecoder(&out); decoder.More(); results++ {
			var result map[string]any
			if err := decoder.Decode(&result); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if result["steps"] != 2.0 {
				t.Errorf("%s: a round of %v steps", line, result["steps"])
			}
		}
		if results != want {
			t.Errorf("%s: %d results, want %d", line, results, want)
		}
	}
}

func TestBenchTable(t *testing.T) {
	table := string(mustRun(t, "bench metrics --samples 99 --dim 8 --classes 3"))
	for _, want := range []string{"samples", "99\n", "metrics, median", " s\n", "MB per second", "peak memory"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
}

func TestBenchMistakes(t *testing.T) {
	for _, line := range []string{
		"bench step --steps 0", "bench step --warmup -1", "bench step --device gpu", "bench step --model nothing",
		"bench step --classes 1", "bench step --batch_size 0", "bench step FILE", "bench epoch --samples 3 --batch_size 4",
		"bench epoch --epochs 0", "bench export --repeats 0", "bench export --samples 0", "bench metrics --dim 0",
		"bench metrics --classes 5 --samples 4", "bench metrics --label_noise 2", "bench nothing", "bench agree --steps 0", "bench profile --device gpu",
		"bench agree --loop host", "bench agree --optimizer LBFGS", "bench step --loop device --optimizer LBFGS", "bench step --loop host --device cuda",
		"bench profile --loop device --micro_batch 2 --batch_size 4", "bench step --model MLP --width 8 --use_bn --batch_size 1",
	} {
		err := Run(t.Context(), append([]string{"memdil"}, strings.Fields(line)...), io.Discard, io.Discard)
		if !errors.Is(err, ErrUsage) {
			t.Errorf("%s: error is %v, want a mistake of usage", line, err)
		}
	}
}
