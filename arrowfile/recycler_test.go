package arrowfile

import (
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestRecycler checks that blocks are used again, never twice at a time, and
// all given back.
func TestRecycler(t *testing.T) {
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer checked.AssertSize(t, 0)
	r := newRecycler(checked)
	first := r.Allocate(1000)
	first[0] = 1
	r.Free(first)
	again := r.Allocate(900)
	if &again[0] != &first[0] || len(again) != 900 {
		t.Error("a freed block is not used again")
	}
	other := r.Allocate(900)
	if &other[0] == &again[0] {
		t.Fatal("a block is lent twice")
	}
	if small := r.Allocate(10); &small[0] == &first[0] {
		t.Error("a block in use is lent")
	} else {
		r.Free(small)
	}
	grown := r.Reallocate(5000, again)
	if grown[0] != 1 || len(grown) != 5000 {
		t.Error("reallocation loses the content")
	}
	r.Free(other)
	many := make([][]byte, 3*maxSpare)
	for i := range many {
		many[i] = r.Allocate(100)
	}
	for _, b := range many {
		r.Free(b)
	}
	if len(r.spare) > maxSpare {
		t.Errorf("%d spare blocks are kept", len(r.spare))
	}
	r.close()
	r.Free(grown)
	r.Free(r.Allocate(0))
}
