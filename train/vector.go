package train

// #include "vector.h"
import "C"

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/memdil/memdil/ort"
)

// vector is a long vector of float32 in blocks, on which threads work side by
// side. All vectors of a training are cut alike.
type vector [][]float32

func (v vector) len() int {
	n := 0
	for _, block := range v {
		n += len(block)
	}
	return n
}

// join returns a copy in one piece.
func (v vector) join() []float32 { return slices.Concat(v...) }

// set copies what join returns.
func (v vector) set(values []float32) {
	for _, block := range v {
		values = values[copy(block, values):]
	}
}

// algebra works on vectors with so many threads. Sums are taken in double,
// block by block and then over the blocks in order, so that the number of
// threads does not show in them.
type algebra struct{ threads int }

// each calls f with the index of every block, side by side.
func (a algebra) each(v vector, f func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(a.threads, len(v)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(v); i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
}

// sum adds up what f makes of every block.
func (a algebra) sum(v vector, f func(i int) float64) float64 {
	parts := make([]float64, len(v))
	a.each(v, func(i int) { parts[i] = f(i) })
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}

// dot returns x·y.
func (a algebra) dot(x, y vector) float64 {
	return a.sum(x, func(i int) float64 { return float64(C.memdil_dot(pointer(x[i]), pointer(y[i]), length(x[i]))) })
}

// decay adds λ·p to g and returns p·p.
func (a algebra) decay(p, g vector, lambda float64) float64 {
	return a.sum(p, func(i int) float64 {
		return float64(C.memdil_decay(pointer(p[i]), pointer(g[i]), length(p[i]), C.float(lambda)))
	})
}

// magnitude says how large a vector is.
type magnitude struct {
	most float64 // of |x_i|
	sum  float64 // of |x_i|; not finite when an element is not
}

func (a algebra) magnitude(x vector) magnitude {
	most := make([]float64, len(x))
	var m magnitude
	m.sum = a.sum(x, func(i int) float64 {
		var sum C.double
		most[i] = float64(C.memdil_magnitude(pointer(x[i]), length(x[i]), &sum))
		return float64(sum)
	})
	for _, v := range most {
		m.most = max(m.most, v)
	}
	return m
}

// curvature returns y·s and y·y of y = g − before and s = t·d.
func (a algebra) curvature(g, before, d vector, t float64) (ys, yy float64) {
	squares := make([]float64, len(g))
	ys = a.sum(g, func(i int) float64 {
		var sum C.double
		product := C.memdil_curvature(pointer(g[i]), pointer(before[i]), pointer(d[i]), length(g[i]), C.float(t), &sum)
		squares[i] = float64(sum)
		return float64(product)
	})
	for _, v := range squares {
		yy += v
	}
	return ys, yy
}

// secant sets y = g − before and s = t·d.
func (a algebra) secant(y, s, g, before, d vector, t float64) {
	a.each(g, func(i int) {
		C.memdil_secant(pointer(y[i]), pointer(s[i]), pointer(g[i]), pointer(before[i]), pointer(d[i]), length(g[i]), C.float(t))
	})
}

// add adds α·x to y.
func (a algebra) add(y vector, alpha float64, x vector) {
	a.each(y, func(i int) { C.memdil_add(pointer(y[i]), length(y[i]), C.float(alpha), pointer(x[i])) })
}

// scale sets y = α·x; y may be x.
func (a algebra) scale(y vector, alpha float64, x vector) {
	a.each(y, func(i int) { C.memdil_scale(pointer(y[i]), length(y[i]), C.float(alpha), pointer(x[i])) })
}

// move sets y = x + t·d.
func (a algebra) move(y, x vector, t float64, d vector) {
	a.each(y, func(i int) {
		C.memdil_move(pointer(y[i]), pointer(x[i]), length(y[i]), C.float(t), pointer(d[i]))
	})
}

// copy sets y = x.
func (a algebra) copy(y, x vector) {
	a.each(y, func(i int) { copy(y[i], x[i]) })
}

func length(s []float32) C.long { return C.long(len(s)) }

// arena allocates vectors.
type arena struct {
	sizes   []int // of the blocks
	buffers []*ort.Buffer
}

// alike returns an arena of vectors that are cut as v is.
func alike(v vector) *arena {
	a := &arena{}
	for _, block := range v {
		a.sizes = append(a.sizes, len(block))
	}
	return a
}

// take returns a vector of zeros, which lies off the Go heap.
func (a *arena) take() (vector, error) {
	total := 0
	for _, size := range a.sizes {
		total += size
	}
	b, err := newFloats("the optimizer's", []int64{int64(total)})
	if err != nil {
		return nil, err
	}
	a.buffers = append(a.buffers, b)
	rest := b.Float32s()
	v := make(vector, len(a.sizes))
	for i, size := range a.sizes {
		v[i], rest = rest[:size:size], rest[size:]
	}
	return v, nil
}

// close frees all vectors.
func (a *arena) close() {
	closeBuffers(a.buffers...)
	a.buffers = nil
}
