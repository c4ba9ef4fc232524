package library

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestLoaderFollowsNeeds: libraries in folders that the system's loader does not search are loaded in the order of their needs, and what
// is nowhere is told with the package to install.
func TestLoaderFollowsNeeds(t *testing.T) {
	if here.os != "linux" {
		t.Skip("NVIDIA's libraries are for Linux")
	}
	site := t.TempDir()
	isolate(t)
	t.Setenv("PATH", "/usr/bin:/bin")
	blas, math := filepath.Join(site, "nvidia", "blas", "lib"), filepath.Join(site, "nvidia", "math", "lib")
	runtime, away := filepath.Join(site, "onnxruntime", "capi"), t.TempDir()
	for _, dir := range []string{blas, math, runtime} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	compile := func(dir, name, code string, needs ...string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		source := filepath.Join(t.TempDir(), "a.c")
		if err := os.WriteFile(source, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"-shared", "-fPIC", "-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined", "-Wl,-soname," + name, "-o", path, source}, needs...)
		if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return path
	}
	inner := compile(math, "libmemdilmath.so.7", "int memdil_math(void) { return 7; }")
	outer := compile(blas, "libmemdilblas.so.7", "int memdil_math(void); int memdil_blas(void) { return memdil_math(); }", inner)
	curand := compile(away, "libcurand.so.999", "")
	driver := compile(away, "libcuda.so.999", "")
	compile(runtime, cudaProvider, "int memdil_blas(void); int memdil_provider(void) { return memdil_blas(); }", outer, curand, driver)

	n := LoadNVIDIA(t.Context(), filepath.Join(runtime, libraryName(gpuVersion)))
	if want := []string{"libcurand.so.999", "libcuda.so.999"}; !slices.Equal(n.missing, want) {
		t.Errorf("missing %q, want %q", n.missing, want)
	}
	const want = "missing libcurand.so.999, libcuda.so.999: run `pip install nvidia-curand` or set LD_LIBRARY_PATH to their folder; " +
		"install NVIDIA's driver, which libcuda comes with"
	if err := n.Missing(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	for _, name := range []string{"libmemdilmath.so.7", "libmemdilblas.so.7"} {
		if !openGlobally(name) { // by name: the process has it already
			t.Errorf("%s is not loaded", name)
		}
	}
	if openGlobally("libmemdilnone.so.7") {
		t.Error("a library that is nowhere is said to be loaded")
	}

	t.Setenv("LD_LIBRARY_PATH", away)
	if err := LoadNVIDIA(t.Context(), filepath.Join(runtime, libraryName(gpuVersion))).Missing(); err != nil {
		t.Errorf("with LD_LIBRARY_PATH: %v", err)
	}
}
