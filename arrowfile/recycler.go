package arrowfile

import (
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// maxSpare is the number of blocks that a recycler keeps: those of one or two
// record batches.
const maxSpare = 16

// recycler hands out again what was freed. Record batches need the same buffers
// over and over; without it a third of a pass over a table goes to clearing and
// collecting them. Blocks are not cleared: readers overwrite what they ask for.
type recycler struct {
	memory.Allocator
	spare  [][]byte         // oldest first
	lent   map[*byte][]byte // what the allocator gave, by its first byte
	closed bool
}

var _ memory.Allocator = (*recycler)(nil)

func newRecycler(a memory.Allocator) *recycler {
	return &recycler{Allocator: a, lent: map[*byte][]byte{}}
}

// Allocate returns size bytes with any content.
func (r *recycler) Allocate(size int) []byte {
	if size == 0 {
		return r.Allocator.Allocate(0)
	}
	best := -1
	for i, b := range r.spare {
		if fits(b, size) && (best < 0 || len(b) < len(r.spare[best])) {
			best = i
		}
	}
	var block []byte
	if best >= 0 {
		block = r.spare[best]
		r.spare = append(r.spare[:best], r.spare[best+1:]...)
	} else {
		block = r.Allocator.Allocate(size)
	}
	r.lent[unsafe.SliceData(block)] = block
	return block[:size:size]
}

// fits reports whether a block is large enough, and not so large that a small
// buffer would keep it from a large one.
func fits(block []byte, size int) bool { return len(block) >= size && len(block) <= 2*size+4096 }

// Reallocate returns size bytes that begin as b does.
func (r *recycler) Reallocate(size int, b []byte) []byte {
	grown := r.Allocate(size)
	copy(grown, b)
	r.Free(b)
	return grown
}

// Free takes a block back.
func (r *recycler) Free(b []byte) {
	block, known := r.lent[unsafe.SliceData(b)]
	if !known {
		r.Allocator.Free(b)
		return
	}
	delete(r.lent, unsafe.SliceData(b))
	r.spare = append(r.spare, block)
	for len(r.spare) > 0 && (r.closed || len(r.spare) > maxSpare) {
		r.Allocator.Free(r.spare[0])
		r.spare = r.spare[1:]
	}
}

// close gives the spare blocks back; what is freed later is not kept.
func (r *recycler) close() {
	r.closed = true
	for _, b := range r.spare {
		r.Allocator.Free(b)
	}
	r.spare = nil
}
