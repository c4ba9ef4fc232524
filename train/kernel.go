package train

// #cgo CFLAGS: -O3
// #cgo LDFLAGS: -lm
// #include "kernel.h"
import "C"

import (
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/memdil/memdil/graphs/training"
)

// The optimizers are written in C because Go does not vectorise: they are
// bound by memory there, and two to four times slower in Go.

// variable is one parameter with its gradient and the optimizer's slots; all
// slices are of equal length and lie off the Go heap.
type variable struct {
	value, grad []float32
	slots       [][]float32
	product     *product // the gradient where grad is nil
}

// block is the number of elements that one call updates: small enough to
// share the work evenly and for a gradient to stay in a cache, large enough for
// the call not to matter.
const block = 1 << 16

// blockSize is that of the blocks of a matrix, which have whole rows.
func blockSize(rows, columns int) int { return min(rows, max(1, block/columns)) * columns }

// blocks cuts a variable into pieces of at most that size, of whole rows where
// the gradient is a product.
func (v variable) blocks() []variable {
	size := block
	if v.product != nil {
		columns := v.product.columns()
		size = blockSize(len(v.value)/columns, columns)
	}
	var out []variable
	for start := 0; start < len(v.value); start += size {
		out = append(out, v.slice(start, min(start+size, len(v.value))))
	}
	return out
}

// update applies one optimizer step to all blocks, on a thread for each piece of
// scratch, where it multiplies a block's gradient. Each element depends on its
// own alone, so that the result does not depend on how the blocks are shared.
func update(o training.Optimizer, blocks []variable, lr float64, step int64, scratch [][]float32) {
	rates := newRates(o, lr, step)
	var next atomic.Int64
	var wait sync.WaitGroup
	for _, g := range scratch[:min(len(scratch), len(blocks))] {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(blocks)); i = next.Add(1) - 1 {
				rates.apply(o, blocks[i], g, widest)
			}
		})
	}
	wait.Wait()
}

func (v variable) slice(from, to int) variable {
	s := variable{value: v.value[from:to]}
	if v.product == nil {
		s.grad = v.grad[from:to]
	} else {
		s.product = v.product.rows(from/v.product.columns(), to/v.product.columns())
	}
	for _, slot := range v.slots {
		s.slots = append(s.slots, slot[from:to])
	}
	return s
}

// rates are the scalars of one step.
type rates struct {
	lr, root C.float
}

// newRates computes Adam's bias corrections in double, since 1 − β₂ᵗ is small
// at first.
func newRates(o training.Optimizer, lr float64, step int64) rates {
	if o.Kind != training.Adam {
		return rates{lr: C.float(lr)}
	}
	t := float64(step)
	return rates{
		lr:   C.float(lr / (1 - math.Pow(training.AdamBeta1, t))),
		root: C.float(math.Sqrt(1 - math.Pow(training.AdamBeta2, t))),
	}
}

// apply updates a variable by vectors of so many floats.
func (r rates) apply(o training.Optimizer, v variable, scratch []float32, width C.int) {
	p, g, n := pointer(v.value), pointer(v.gradient(scratch, width)), C.long(len(v.value))
	decay := C.float(o.WeightDecay)
	switch {
	case o.Kind == training.Adam:
		C.memdil_adam(width, p, g, pointer(v.slots[0]), pointer(v.slots[1]), n, r.lr, r.root, decay,
			training.AdamBeta1, training.AdamBeta2, training.AdamEpsilon)
	case len(v.slots) > 0:
		C.memdil_sgd_momentum(width, p, g, pointer(v.slots[0]), n, r.lr, C.float(o.Momentum), decay)
	default:
		C.memdil_sgd(width, p, g, n, r.lr, decay)
	}
}

func pointer(s []float32) *C.float { return (*C.float)(unsafe.Pointer(unsafe.SliceData(s))) }
