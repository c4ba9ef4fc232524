package ort

/*
#include <stdlib.h>

enum { LARGE_PAGE = 2 << 20 };

#ifdef __linux__
#include <stdint.h>
#include <sys/mman.h>

// Returns zeroed memory that begins with a large page and asks for as many as it
// has room for, NULL where there is none. Products and optimizers that stream
// through hundreds of megabytes otherwise wait for the translation of addresses.
static void *large_block(size_t size) {
#ifdef MADV_HUGEPAGE
	char *block = mmap(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED) return NULL;
	size_t before = -(uintptr_t)block % LARGE_PAGE;
	if (before > 0) munmap(block, before);
	munmap(block + before + size, LARGE_PAGE - before);
	madvise(block + before, size, MADV_HUGEPAGE); // a wish: failing is harmless
	return block + before;
#else
	return NULL;
#endif
}

static void free_large_block(void *block, size_t size) { munmap(block, size); }
#else
static void *large_block(size_t size) { return NULL; }
static void free_large_block(void *block, size_t size) {}
#endif
*/
import "C"

import (
	"errors"
	"os"
	"unsafe"
)

// LargePage is the size in bytes of the pages that a block of memory of at least that size asks for.
const LargePage = C.LARGE_PAGE

// alignment is a cache line, and what ONNX Runtime's own allocator gives its kernels.
const alignment = 64

// allocate returns size zeroed bytes off the Go heap, aligned, and what frees them.
func allocate(size int) (data []byte, free func(), err error) {
	if size >= LargePage {
		page := os.Getpagesize()
		whole := C.size_t((size + page - 1) / page * page)
		if block := C.large_block(whole); block != nil {
			return unsafe.Slice((*byte)(block), size), func() { C.free_large_block(block, whole) }, nil
		}
	}
	block := C.calloc(1, C.size_t(size)+alignment)
	if block == nil {
		return nil, nil, errors.New("out of memory")
	}
	pad := -uintptr(block) & (alignment - 1)
	data = unsafe.Slice((*byte)(unsafe.Add(block, pad)), size)
	return data, func() { C.free(block) }, nil
}
