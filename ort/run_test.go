package ort_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

// readNPY reads an array of a little-endian .npy file of format 1.0 as a buffer of the shape.
func readNPY(t *testing.T, path string, shape []int64) *ort.Buffer {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data := file[10+int(binary.LittleEndian.Uint16(file[8:])):]
	b := buffer(t, shape)
	if copy(b.Bytes(), data) != len(data) {
		t.Fatalf("%s holds %d bytes, want %d", path, len(data), len(b.Bytes()))
	}
	return b
}

// TestGoldenLogits compares with PyTorch's logits, which the fixtures hold.
func TestGoldenLogits(t *testing.T) {
	r := orttest.Runtime(t)
	paths, err := filepath.Glob("../fixtures/golden/grad/*/model.onnx")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden models: %v", err)
	}
	for _, path := range paths {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			s, err := r.NewSessionFromFile(path, ort.SessionOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			in, out := s.Inputs()[0], s.Outputs()[0]
			want := readNPY(t, filepath.Join(dir, "logits.npy"), out.Shape).Float32s()
			got, err := s.Run(map[string]*ort.Buffer{in.Name: readNPY(t, filepath.Join(dir, "x.npy"), in.Shape)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer got[out.Name].Close()
			for i, v := range got[out.Name].Float32s() {
				if !(math.Abs(float64(v-want[i])) <= 1e-5) {
					t.Errorf("logit %d: %v, want %v", i, v, want[i])
				}
			}
		})
	}
}

// TestExternalData: a weight in a file beside the model is found, from any working directory.
func TestExternalData(t *testing.T) {
	dir := t.TempDir()
	entry := func(key, value string) []byte { return message{}.text(1, key).text(2, value) }
	// TensorProto: dims 1, data_type 2, name 8, external_data 13, data_location 14 (EXTERNAL = 1).
	weight := message{}.number(1, 2).number(2, int64(ort.Float32)).text(8, "w").sub(13, entry("location", "w.bin")).number(14, 1)
	model := graph{
		nodes:        [][]byte{node("Add", []string{"x", "w"}, "y")},
		initializers: [][]byte{weight},
		inputs:       [][]byte{value("x", ort.Float32)},
		outputs:      [][]byte{value("y", ort.Float32, 2)},
	}.model()
	path := filepath.Join(dir, "model.onnx")
	if err := os.WriteFile(path, model, 0o644); err != nil {
		t.Fatal(err)
	}
	r := orttest.Runtime(t)
	if _, err := r.NewSessionFromFile(path, ort.SessionOptions{}); err == nil || !strings.HasPrefix(err.Error(), "load model.onnx: ") {
		t.Errorf("without the data: error %v", err)
	}
	data := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, float32bits(3)), float32bits(4))
	if err := os.WriteFile(filepath.Join(dir, "w.bin"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := r.NewSessionFromFile(path, ort.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Run(map[string]*ort.Buffer{"x": buffer(t, nil, 1)}, []string{"y"})
	if err != nil {
		t.Fatal(err)
	}
	defer got["y"].Close()
	if y := got["y"].Float32s(); y[0] != 4 || y[1] != 5 {
		t.Errorf("y = %v, want [4 5]", y)
	}
}

// TestUnknownRank: an input whose rank the model leaves open takes any.
func TestUnknownRank(t *testing.T) {
	s := open(t, graph{
		nodes:   [][]byte{node("Neg", []string{"x"}, "y")},
		inputs:  [][]byte{shapeless("x")},
		outputs: [][]byte{shapeless("y")},
	}.model())
	for _, shape := range [][]int64{{}, {2}, {1, 3}, {0}} {
		x := buffer(t, shape)
		got, err := s.Run(map[string]*ort.Buffer{"x": x}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if y := got["y"]; y.String() != x.String() {
			t.Errorf("y is %s, want %s", y, x)
		}
		if err := got["y"].Close(); err != nil {
			t.Error(err)
		}
	}
}

// shapeless is a float32 ValueInfoProto without a shape.
func shapeless(name string) []byte {
	return message{}.text(1, name).sub(2, message{}.sub(1, message{}.number(1, int64(ort.Float32))))
}

func TestNewSessionRefusesWhatIsNoModel(t *testing.T) {
	r := orttest.Runtime(t)
	for name, model := range map[string][]byte{
		"empty":    nil,
		"no model": []byte("not ONNX"),
		"cut":      momentum()[:100],
	} {
		_, err := r.NewSession(model, ort.SessionOptions{Name: "broken"})
		if err == nil || !strings.HasPrefix(err.Error(), "load broken: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q", name, err)
		}
	}
	if _, err := r.NewSessionFromFile("gone.onnx", ort.SessionOptions{}); err == nil || !strings.HasPrefix(err.Error(), "load gone.onnx: ") {
		t.Errorf("error %v", err)
	}
}

func TestRunRefusesOutputsItCannotGive(t *testing.T) {
	s := open(t, momentum())
	inputs := map[string]*ort.Buffer{"x": buffer(t, []int64{1}), "w": buffer(t, []int64{1}), "lr": buffer(t, nil)}
	for want, outputs := range map[string][]string{
		`run momentum: the model has no output "nope"`: {"loss", "nope"},
		`run momentum: output "loss" is named twice`:   {"loss", "loss"},
	} {
		if _, err := s.Run(inputs, outputs); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
