package library

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// CPUVersion is the version that Install fetches for the CPU.
const CPUVersion = "1.32.0"

// The other versions that Install fetches.
const (
	gpuVersion = "1.31.1" // the newest onnxruntime-gpu
	npmVersion = "1.30.0" // the newest onnxruntime-node, taken only where no Python tool is
)

// release is a build of the runtime.
type release struct {
	version string
	cuda    bool
}

// folder is the release's name in the cache.
func (r release) folder() string {
	if r.cuda {
		return r.version + "-cuda"
	}
	return r.version
}

// releases are those that the cache may hold, the best first.
var releases = []release{{version: CPUVersion}, {version: npmVersion}, {version: gpuVersion, cuda: true}}

// machine is an operating system and architecture, as Go names them.
type machine struct{ os, arch string }

// pin is a wheel that Install may fetch.
type pin struct {
	release
	pkg       string // Python package
	tag       string // platform tag of the wheel
	uvTag     string // the same as uv spells it
	megabytes int    // to download
	sha256    string // of the wheel
}

// wheels are the pinned wheels. They are CPython 3.11's, but only their C library is used, which needs no Python. The hashes are
// of the files that `pip download` gave for each tag.
var wheels = map[machine][]pin{
	{"linux", "amd64"}: {
		{release{CPUVersion, false}, "onnxruntime", "manylinux_2_28_x86_64", "x86_64-manylinux_2_28", 28,
			"5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d"},
		{release{gpuVersion, true}, "onnxruntime-gpu", "manylinux_2_28_x86_64", "x86_64-manylinux_2_28", 256,
			"e26c475fe361b2015f45b4b824bd13f0bb20204e59b62814e6f0acd5f3d491a6"},
	},
	{"linux", "arm64"}: {
		{release{CPUVersion, false}, "onnxruntime", "manylinux_2_28_aarch64", "aarch64-manylinux_2_28", 23,
			"2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c"},
	},
	{"darwin", "arm64"}: {
		{release{CPUVersion, false}, "onnxruntime", "macosx_14_0_arm64", "aarch64-apple-darwin", 23,
			"366b9e53d07812cc5c92822cecf7563b76a8a0f32ba3bb8dd232a206ac3bcb6c"},
	},
}

// The other tags of the wheels.
const (
	pythonVersion = "3.11"
	pythonABI     = "cp311"
)

// npmSHA256 is the hash of onnxruntime-node's package, which holds the libraries of all platforms; a variable for the tests.
var npmSHA256 = "6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75"

// here is the machine that memdil runs on; a variable so that tests can be elsewhere.
var here = machine{runtime.GOOS, runtime.GOARCH}

// choosePin is the wheel that the options ask for: the one that o.Wheel is, or the one to download.
func choosePin(o InstallOptions) (pin, error) {
	if o.Wheel != "" {
		return pinOf(o.Wheel)
	}
	for _, p := range wheels[here] {
		if p.cuda == o.CUDA {
			return p, nil
		}
	}
	kind := "ONNX Runtime"
	if o.CUDA {
		kind += " with CUDA"
	}
	return pin{}, fmt.Errorf("no %s is known for %s/%s: set ORT_LIBRARY to the versioned file of one of version %s or newer",
		kind, here.os, here.arch, Oldest)
}

// pinOf tells which of this machine's pinned wheels the file is, by its hash.
func pinOf(wheel string) (pin, error) {
	sum, err := hashFile(wheel)
	if err != nil {
		return pin{}, fmt.Errorf("read the wheel: %w", err)
	}
	for _, p := range wheels[here] {
		if p.sha256 == sum {
			return p, nil
		}
	}
	for m, pins := range wheels {
		for _, p := range pins {
			if p.sha256 == sum {
				return pin{}, fmt.Errorf("%s is for %s/%s, this machine is %s/%s", wheel, m.os, m.arch, here.os, here.arch)
			}
		}
	}
	return pin{}, fmt.Errorf("%s (sha256 %s) is none of the wheels that memdil knows: it must be onnxruntime %s or onnxruntime-gpu %s for CPython %s (or use ORT_LIBRARY)",
		wheel, sum, CPUVersion, gpuVersion, pythonVersion)
}

// checkHash tells whether the file is whole and the expected one.
func checkHash(path, want string) error {
	got, err := hashFile(path)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s has sha256 %s, want %s", filepath.Base(path), got, want)
	}
	return nil
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
