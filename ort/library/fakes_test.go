package library

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	libraryBytes = "not really a library"
	recordPath   = "onnxruntime-1.32.0.dist-info/RECORD"
)

// libraryPath is the library's place in a wheel.
func libraryPath() string { return "onnxruntime/capi/" + libraryName(CPUVersion) }

// isolate gives the test a cache, a PATH and library folders of its own, all empty, and returns the folder on PATH.
func isolate(t *testing.T) (bin string) {
	t.Helper()
	home := t.TempDir()
	bin = filepath.Join(home, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("PATH", bin)
	for _, name := range []string{"ORT_LIBRARY", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CONDA_PREFIX"} {
		t.Setenv(name, "")
	}
	folders := standardFolders
	standardFolders = nil
	t.Cleanup(func() { standardFolders = folders })
	return bin
}

// script puts a shell script on PATH. $calls is a file to note calls in.
func script(t *testing.T, bin, name, body string) {
	t.Helper()
	text := fmt.Sprintf("#!/bin/sh\nexec 3>>%q\necho %s >&3\n%s\n", filepath.Join(bin, "calls"), name, body)
	if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// calls are the scripts that were run, in order.
func calls(t *testing.T, bin string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(bin, "calls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(string(b))
}

// delivers is a script that copies a file into the folder that its last argument names, as pip and npm do.
func delivers(file string) string {
	return fmt.Sprintf("for last; do :; done\n/bin/cp %q \"$last\"", file)
}

// wheelFiles are the files of a sound wheel.
func wheelFiles() map[string]string {
	files := map[string]string{
		libraryPath(): libraryBytes,
		"onnxruntime/capi/libonnxruntime_providers_shared.so": "shared",
		"onnxruntime/__init__.py":                             "raise SystemExit",
	}
	files[recordPath] = recordOf(files)
	return files
}

func recordOf(files map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256([]byte(files[name]))
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(files[name]))
	}
	return b.String() + recordPath + ",,\n"
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Typeflag: tar.TypeReg})
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pinned writes the bytes as a wheel and makes it the one that is pinned for this machine.
func pinned(t *testing.T, content []byte) (wheel string) {
	t.Helper()
	wheel = filepath.Join(t.TempDir(), "onnxruntime-1.32.0-cp311-cp311-test.whl")
	if err := os.WriteFile(wheel, content, 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	real := here
	here = machine{"test", "amd64"}
	wheels[here] = []pin{{release{CPUVersion, false}, "onnxruntime", "test", "test", 1, hex.EncodeToString(sum[:])}}
	t.Cleanup(func() {
		delete(wheels, here)
		here = real
	})
	return wheel
}

// cached lists the files in the cache, without the locks.
func cached(t *testing.T) []string {
	t.Helper()
	root, err := cacheRoot()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".lock" {
			return err
		}
		rel, err := filepath.Rel(root, path)
		files = append(files, rel)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}
