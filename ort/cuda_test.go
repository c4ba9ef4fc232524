package ort_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/library"
	"github.com/memdil/memdil/ort/orttest"
)

// cudaLibrary is a runtime with a CUDA provider on this machine: the one that MEMDIL_TEST_CUDA_LIBRARY names, or an installed one.
func cudaLibrary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("MEMDIL_TEST_CUDA_LIBRARY"); path != "" {
		return path
	}
	found, err := library.Find(t.Context())
	must(t, err)
	if i := slices.IndexFunc(found, func(c library.Candidate) bool { return c.CUDA }); i >= 0 {
		return found[i].Path
	}
	t.Skip("no ONNX Runtime with a CUDA provider here: memdil runtime install --cuda, or set MEMDIL_TEST_CUDA_LIBRARY")
	return ""
}

// TestCUDABuild loads the CUDA build without NVIDIA's libraries: the error names one and says what to do. The CPU works all the same.
func TestCUDABuild(t *testing.T) {
	library := "ORT_LIBRARY=" + cudaLibrary(t)
	out := loadOn(t, "cuda:1", library)
	if strings.Contains(out, "uses cuda:1") {
		t.Skip("this machine has two working GPUs")
	}
	if n := strings.Count(out, "\n"); !strings.HasPrefix(out, "loaded ") || n != 2 {
		t.Errorf("%d lines: %s", n, out)
	}
	if !strings.Contains(out, "use the device cuda:1: ") {
		t.Errorf("on a GPU: %s", out)
	}
	missing := regexp.MustCompile("load the CUDA provider: missing .*lib[a-z]+\\.so\\.\\d+.*: (run `pip install nvidia-|install NVIDIA's driver)")
	if !missing.MatchString(out) && !strings.Contains(out, "CUDA failure") && !strings.Contains(out, "there is no GPU 1 here") {
		t.Errorf("the error does not say what is missing: %s", out)
	}
	for device, want := range map[string]string{"cpu": "uses cpu\n", "auto": "uses "} {
		if out := loadOn(t, device, library); !strings.Contains(out, want) {
			t.Errorf("device %s: %s", device, out)
		}
	}
}

// TestCPUBuild asks the CPU build for a GPU.
func TestCPUBuild(t *testing.T) {
	r := orttest.Runtime(t)
	if slices.Contains(r.Info().Providers, "cuda") {
		t.Skip("the runtime in use has a CUDA provider")
	}
	const advice = "run `memdil runtime install --cuda`, or set ORT_LIBRARY to a library that has one beside it"
	_, err := r.Device(ort.Device{Kind: ort.CUDA})
	want := "use the device cuda:0: the ONNX Runtime in use (" + r.Info().Library + ", from " + r.Info().Source +
		") has no CUDA provider: " + advice
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	_, err = r.NewSession(momentum(), ort.SessionOptions{Device: ort.Device{Kind: ort.Auto}, Name: "momentum"})
	if err == nil || !strings.Contains(err.Error(), "load momentum: use the device auto: ") {
		t.Errorf("a session on auto: error %v", err)
	}
	for env, want := range map[string]string{
		"ORT_LIBRARY=" + r.Info().Library:                   "use the device cuda:0: no ONNX Runtime with a CUDA provider was found: " + advice + "\n",
		"LD_LIBRARY_PATH=" + filepath.Dir(r.Info().Library): "use the device cuda:0: no ONNX Runtime with a CUDA provider was found: " + advice + "\n",
	} {
		if out := loadOn(t, "cuda", env); out != want {
			t.Errorf("%s: %q, want %q", env, out, want)
		}
	}
}

// TestCUDALibraryIsPreferred: a library with a CUDA provider beside it is taken for a GPU, and only for one.
func TestCUDALibraryIsPreferred(t *testing.T) {
	real := orttest.Runtime(t).Info().Library
	dir := t.TempDir()
	var path []string
	library := map[string]string{}
	for _, kind := range []string{"cpu", "cuda"} {
		library[kind] = filepath.Join(dir, kind, filepath.Base(real))
		path = append(path, filepath.Dir(library[kind]))
		must(t, os.Mkdir(path[len(path)-1], 0o755))
		must(t, os.Symlink(real, library[kind]))
	}
	must(t, os.WriteFile(filepath.Join(path[1], "libonnxruntime_providers_cuda.so"), []byte("no provider"), 0o644))
	env := "LD_LIBRARY_PATH=" + strings.Join(path, string(filepath.ListSeparator))
	for _, device := range []string{"cpu", "cuda"} {
		if out := loadOn(t, device, env); !strings.HasPrefix(out, "loaded "+library[device]+" from system\n") {
			t.Errorf("for %s: %s", device, out)
		}
	}
}
