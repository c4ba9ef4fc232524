package library

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestProviders(t *testing.T) {
	dir := t.TempDir()
	library := filepath.Join(dir, libraryName(gpuVersion))
	for _, c := range []struct {
		file string
		want []string
	}{
		{"", []string{"cpu"}},
		{"libonnxruntime_providers_tensorrt.so", []string{"cpu", "tensorrt"}},
		{cudaProvider, []string{"cpu", "cuda", "tensorrt"}},
	} {
		if c.file != "" {
			if err := os.WriteFile(filepath.Join(dir, c.file), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := Providers(library); !slices.Equal(got, c.want) {
			t.Errorf("with %s: %q, want %q", c.file, got, c.want)
		}
	}
}
