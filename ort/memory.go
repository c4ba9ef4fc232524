package ort

/*
#include <stdint.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

// Asks for large pages in a large block: products and optimizers that stream
// through hundreds of megabytes otherwise wait for the translation of addresses.
static void prefer_large_pages(void *block, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = ((uintptr_t)block + page - 1) / page * page;
	uintptr_t to = ((uintptr_t)block + size) / page * page;
	if (from < to) madvise((void *)from, to - from, MADV_HUGEPAGE); // a wish: failing is harmless
#endif
}
*/
import "C"

import (
	"errors"
	"unsafe"
)

// alignment is a cache line, and what ONNX Runtime's own allocator gives its kernels.
const alignment = 64

// largeBlock is the size in bytes from which on a block is worth large pages, of 2 MiB each on most machines.
const largeBlock = 8 << 20

// allocate returns size zeroed bytes off the Go heap, aligned, and what frees them.
// calloc, unlike an aligned allocation that is then cleared, leaves the pages of a large block untouched until they are used.
func allocate(size int) (data []byte, free func(), err error) {
	block := C.calloc(1, C.size_t(size)+alignment)
	if block == nil {
		return nil, nil, errors.New("out of memory")
	}
	if size >= largeBlock {
		C.prefer_large_pages(block, C.size_t(size))
	}
	pad := -uintptr(block) & (alignment - 1)
	data = unsafe.Slice((*byte)(unsafe.Add(block, pad)), size)
	return data, func() { C.free(block) }, nil
}
