package ort

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzSignature: any bytes give a list or an error.
func FuzzSignature(f *testing.F) {
	paths, err := filepath.Glob("../fixtures/golden/grad/*/model.onnx")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no golden models: %v", err)
	}
	for _, path := range paths {
		model, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(model[len(model)-min(len(model), 4096):])
	}
	f.Add([]byte{0x3a, 0x05, 0x5a, 0x03, 0x0a, 0x01, 'x'}) // graph{input{name: "x"}}
	f.Fuzz(func(t *testing.T, model []byte) {
		inputs, _, err := signature(model)
		if err != nil && len(inputs) > len(model) {
			t.Errorf("%d inputs of %d bytes", len(inputs), len(model))
		}
	})
}
