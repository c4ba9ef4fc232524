package ort

import (
	"errors"
	"testing"
)

// TestCUDACause shortens messages of ONNX Runtime 1.31.1, the first as it
// gave it on an H200, the last on an H100.
func TestCUDACause(t *testing.T) {
	for message, want := range map[string]string{
		`provider_options_utils.h:187 Parse Failed to parse provider option "device_id": cuda_execution_provider_info.cc:71 operator() Invalid device ID: 1, must be between 0 (inclusive) and 1 (exclusive).`:                                                                        "there is no GPU 1 here: the last is 0",
		"[ONNXRuntimeError] : 1 : FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file":                                                                                                                    "libcublasLt.so.13: cannot open shared object file",
		"/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:146 void onnxruntime::CudaCall(ERRTYPE) [with bool THRW = true] CUDA failure 901: operation failed due to a previous error during capture ; GPU=0 ; hostname=vm ; expr=cudaStreamEndCapture(stream_, &graph);": "CUDA failure 901: operation failed due to a previous error during capture",
		"cuda_call.cc:123 CUDA failure 100: no CUDA-capable device is detected ; GPU=0 ; hostname=x":                                                                                                                                                                                  "CUDA failure 100: no CUDA-capable device is detected",
	} {
		if got := cudaCause(errors.New(message)).Error(); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", message, got, want)
		}
	}
}
