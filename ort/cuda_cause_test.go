package ort

import (
	"errors"
	"testing"
)

// TestCUDACause shortens messages of ONNX Runtime 1.31.1, the first as it
// gave it on an H200, the last on an H100.
func TestCUDACause(t *testing.T) {
	for message, want := range map[string]string{
		`provider_options_utils.h:187 Parse Failed to parse provider option "device_id": cuda_execution_provider_info.cc:71 operator() Invalid device ID: 1, must be between 0 (inclusive) and 1 (exclusive).`:                                                                                             "there is no GPU 1 here: the last is 0",
		"[ONNXRuntimeError] : 1 : FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file":                                                                                                                                         "libcublasLt.so.13: cannot open shared object file",
		"/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:146 void onnxruntime::CudaCall(ERRTYPE) [with bool THRW = true] CUDA failure 901: operation failed due to a previous error during capture ; GPU=0 ; hostname=vm ; expr=cudaStreamEndCapture(stream_, &graph);":                      "CUDA failure 901: operation failed due to a previous error during capture",
		"Non-zero status code returned while running Gemm node. Name:'' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 12582912": "the GPU has no room for another 13 MB",
		"/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 Status onnxruntime::CudaCall(ERRTYPE) CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=vm":                                                                                                                       "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
		"cuda_call.cc:123 CUDA failure 100: no CUDA-capable device is detected ; GPU=0 ; hostname=x":                                                                                                                                                                                                       "CUDA failure 100: no CUDA-capable device is detected",
	} {
		if got := cudaCause(errors.New(message)).Error(); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", message, got, want)
		}
	}
}

// TestGPUErrorIsFull tells a lack of memory from what else a GPU may fail at.
func TestGPUErrorIsFull(t *testing.T) {
	for message, full := range map[string]bool{
		"bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 12":     true,
		"cuda_call.cc:123 CUDA failure 2: out of memory ; GPU=0":                         true,
		"cuda_call.cc:123 CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0":          true,
		"cuda_call.cc:123 CUDA failure 719: unspecified launch failure ; GPU=0":          false,
		"cuda_call.cc:123 CUDNN_FE failure 8: NO_VALID_ENGINE_CONFIGS ; GPU=0 ; host=vm": false,
	} {
		gpu, ok := errors.AsType[*GPUError](cudaCause(errors.New(message)))
		if !ok || gpu.Full != full {
			t.Errorf("%s: %#v", message, gpu)
		}
	}
}
