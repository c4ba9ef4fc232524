package ort

// #include <stdlib.h>
import "C"

import (
	"errors"
	"unsafe"
)

// alignment is a cache line, and what ONNX Runtime's own allocator gives its kernels.
const alignment = 64

// allocate returns size zeroed bytes off the Go heap, aligned, and what frees them.
// calloc, unlike an aligned allocation that is then cleared, leaves the pages of a large block untouched until they are used.
func allocate(size int) (data []byte, free func(), err error) {
	block := C.calloc(1, C.size_t(size)+alignment)
	if block == nil {
		return nil, nil, errors.New("out of memory")
	}
	pad := -uintptr(block) & (alignment - 1)
	data = unsafe.Slice((*byte)(unsafe.Add(block, pad)), size)
	return data, func() { C.free(block) }, nil
}
