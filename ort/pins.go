package ort

import (
	"fmt"
	"runtime"
)

// The versions that Install fetches.
const (
	cpuVersion = "1.32.0"
	gpuVersion = "1.31.1" // the newest onnxruntime-gpu
	npmVersion = "1.30.0" // the newest onnxruntime-node, used only where there is no Python tool
)

// platform names a machine as Go does, and what is wanted of it.
type platform struct {
	os, arch string
	cuda     bool
}

func (p platform) String() string {
	if p.cuda {
		return p.os + "/" + p.arch + " with CUDA"
	}
	return p.os + "/" + p.arch
}

// pin is a wheel that Install may fetch: its tags say for which machines it is, its hash that it is the very file.
type pin struct {
	pkg, version string // Python package
	tag          string // platform tag
	uvPlatform   string // the same for uv
	sha256       string // of the wheel
}

// wheels are for CPython 3.11, but only their C library is taken, which no Python runs.
// The hashes are those of the files that pip downloaded for each tag; wheelsOf in pins_test.go shows how.
var wheels = map[platform]pin{
	{os: "linux", arch: "amd64"}: {"onnxruntime", cpuVersion, "manylinux_2_28_x86_64", "x86_64-manylinux_2_28",
		"5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d"},
	{os: "linux", arch: "arm64"}: {"onnxruntime", cpuVersion, "manylinux_2_28_aarch64", "aarch64-manylinux_2_28",
		"2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c"},
	{os: "darwin", arch: "arm64"}: {"onnxruntime", cpuVersion, "macosx_14_0_arm64", "aarch64-apple-darwin",
		"366b9e53d07812cc5c92822cecf7563b76a8a0f32ba3bb8dd232a206ac3bcb6c"},
	{os: "linux", arch: "amd64", cuda: true}: {"onnxruntime-gpu", gpuVersion, "manylinux_2_28_x86_64", "x86_64-manylinux_2_28",
		"e26c475fe361b2015f45b4b824bd13f0bb20204e59b62814e6f0acd5f3d491a6"},
}

// pythonVersion and abi are the wheels' other tags.
const (
	pythonVersion = "3.11"
	pythonABI     = "cp311"
)

// pinFor is the wheel for this machine.
func pinFor(cuda bool) (pin, error) {
	p := platform{runtime.GOOS, runtime.GOARCH, cuda}
	if w, ok := wheels[p]; ok {
		return w, nil
	}
	return pin{}, fmt.Errorf("no ONNX Runtime is known for %s: build or get one of version %s or newer and set ORT_LIBRARY to its versioned file", p, minVersion)
}
