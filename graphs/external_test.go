package graphs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// TestLoadRefusesExternalData has models point at data that is not theirs or
// not there; the error names the tensor and the place.
func TestLoadRefusesExternalData(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	writeFile(t, outside, make([]byte, 64))
	for _, test := range []struct {
		name    string
		entries map[string]string
		want    string
	}{
		{"absolute", map[string]string{"location": outside}, outside},
		{"parent", map[string]string{"location": "../secret"}, "../secret"},
		{"link out", map[string]string{"location": "link"}, "link"},
		{"linked folder", map[string]string{"location": "up/secret"}, "up/secret"},
		{"folder", map[string]string{"location": "sub"}, "not a regular file"},
		{"missing", map[string]string{"location": "no.bin"}, "no.bin"},
		{"no location", map[string]string{"offset": "0"}, "no location"},
		{"too short", map[string]string{"location": "short.bin"}, "short.bin"},
		{"offset past end", map[string]string{"location": "good.bin", "offset": "100"}, "good.bin"},
		{"huge offset", map[string]string{"location": "good.bin", "offset": "9223372036854775807"}, "good.bin"},
		{"negative offset", map[string]string{"location": "good.bin", "offset": "-1"}, "offset"},
		{"wrong length", map[string]string{"location": "good.bin", "length": "4"}, "4 bytes"},
		{"length no number", map[string]string{"location": "good.bin", "length": "x"}, "length"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "good.bin"), make([]byte, 8))
			writeFile(t, filepath.Join(dir, "short.bin"), make([]byte, 7))
			for link, target := range map[string]string{"link": outside, "up": filepath.Dir(outside)} {
				if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := Load(writeExternalModel(t, dir, test.entries))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `tensor "w"`) {
				t.Errorf("got %v, want tensor and %q", err, test.want)
			}
		})
	}
}

func TestLoadReadsExternalData(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "sub", "w.bin"), NewFloats("", []int64{3}, []float32{9, 1, 2}).Data)
	for _, entries := range []map[string]string{
		{"location": "sub/w.bin", "offset": "4", "length": "8"},
		{"location": "sub/w.bin", "offset": "4", "checksum": "unused"},
	} {
		m := mustLoad(t, writeExternalModel(t, dir, entries))
		if got := m.Graph.Initializer("w").Float32s(); got[0] != 1 || got[1] != 2 {
			t.Errorf("%v: got %v", entries, got)
		}
	}
}

// writeExternalModel writes a model whose float[2] initializer w lies where
// the entries say.
func writeExternalModel(t *testing.T, dir string, entries map[string]string) string {
	t.Helper()
	p := wireModel()
	w := &onnxpb.TensorProto{
		Name: proto.String("w"), DataType: proto.Int32(int32(Float32)), Dims: []int64{2},
		DataLocation: onnxpb.TensorProto_EXTERNAL.Enum(),
	}
	for key, value := range entries {
		w.ExternalData = append(w.ExternalData, entry(key, value))
	}
	p.Graph.Initializer = append(p.Graph.Initializer, w)
	path := filepath.Join(dir, "model.onnx")
	writeFile(t, path, wireBytes(t, p))
	return path
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
