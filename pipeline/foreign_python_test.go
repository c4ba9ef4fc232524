package pipeline

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// TestForeignModelsOnOnnxRuntime trains networks as PyTorch exports them and
// has Python's onnx and ONNX Runtime check and compute what comes out.
func TestForeignModelsOnOnnxRuntime(t *testing.T) {
	for name, set := range map[string][]string{
		"cnn_training_baked": {"freeze", "conv.*"}, // three classes: the head is replaced
		"cnn_default":        {"SOTA", "true"},
		"attention":          {"optimizer", "Adam", "lr", "0.001"},
		"conv_head":          {"features_tensor", "relu", "reset_weights", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			graph := filepath.Join("testdata", "foreign_"+name+".onnx")
			r := upTo(t, tiny(t, t.TempDir(), append([]string{"graph", graph}, set...)...), settings.StageMetrics)
			results, err := measure.Read(r.folder.file(runfolder.MetricsFile))
			if err != nil {
				t.Fatal(err)
			}
			if hasClassifier := files.Exists(r.folder.file(runfolder.ClassifierFile)); hasClassifier == (name == "conv_head") || hasClassifier != results.Train.NC2ETF.Defined() {
				t.Errorf("there is a classifier: %t, NC2 %v", hasClassifier, results.Train.NC2ETF)
			}
			x, z := filepath.Join(t.TempDir(), "x"), filepath.Join(t.TempDir(), "z")
			images, logits := testImages(t, r, 50)
			writeFloats(t, x, images)
			writeFloats(t, z, logits)
			if wrong := python.Run(t, []string{"onnx", "onnxruntime"}, "testdata/check_model.py", r.folder.file(runfolder.ModelFile), x, z); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

// testImages returns the first test images of a run and their exported logits.
func testImages(t *testing.T, r *run, n int) (images, logits []float32) {
	t.Helper()
	d, err := r.dataset(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const size = 3 * datasets.Side * datasets.Side
	images = make([]float32, n*size)
	test := split(d, datasets.Test)
	for i := range n {
		test.Fill(images[i*size:][:size], i)
	}
	table, err := features.Open(r.folder.file(runfolder.TestFeatures))
	if err != nil {
		t.Fatal(err)
	}
	err = table.Each(func(b features.Batch) error {
		for _, v := range b.Logits {
			logits = append(logits, float32(v))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return images, logits[:n*table.LogitDim()]
}

func writeFloats(t *testing.T, path string, values []float32) {
	t.Helper()
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
