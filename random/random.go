// Package random is memdil's only source of random numbers. Every number is a
// pure function of (seed, purpose, epoch, index), so that nothing has a
// generator state to save, restore or share: a resumed run, a run with more
// threads and a run with another option switched on all see the same numbers.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011). The numbers are part of memdil's
// reproducibility; they must never change between versions.
package random

import (
	"math"
	"math/bits"
	"sync"
)

// Purpose names what random numbers are drawn for. Streams of different
// purposes are independent. The values are part of every number drawn: new
// purposes are appended, existing ones keep their value.
type Purpose uint32

// The purposes of memdil.
const (
	Init        Purpose = iota + 1 // initial parameters
	Noise                          // label noise
	Split                          // validation split
	Order                          // order of the samples in an epoch
	Augment                        // random crops and flips
	Dropout                        // dropout masks
	Search                         // hyper-parameter search
	Bench                          // data of benchmarks
	Bootstrap                      // samples of statistics
	Permutation                    // arrangements of permutation tests
)

// Stream is one sequence of random numbers, addressed by index. It is a small
// immutable value: copies are free and any number of goroutines may use it.
//
// Numbers drawn at the same index by different methods are not independent.
type Stream struct {
	key  uint64 // Philox key
	high uint64 // upper half of the Philox counter; the index is the lower half
}

// New returns the stream for a seed, a purpose and an epoch; what is drawn
// once a run has epoch 0.
func New(seed uint64, p Purpose, epoch uint64) Stream {
	return Stream{key: seed, high: uint64(p)}.derive(epoch)
}

// Sub returns the k-th of the streams below s, each independent of the others
// and of s: one for each parameter of a network, for example.
func (s Stream) Sub(k uint64) Stream { return s.derive(k) }

// derive takes the state of a new stream from block k of s, with the upper half
// of the counter changed so that s never draws that block itself.
func (s Stream) derive(k uint64) Stream {
	const apart = 0x6d656d64696c << 16 // "memdil"; no purpose comes near it
	key, high := Stream{key: s.key, high: s.high ^ apart}.block(k)
	return Stream{key: key, high: high}
}

// block returns the 128 random bits at index i.
func (s Stream) block(i uint64) (uint64, uint64) {
	r0, r1, r2, r3 := philox4x32(
		uint32(i), uint32(i>>32), uint32(s.high), uint32(s.high>>32),
		uint32(s.key), uint32(s.key>>32),
	)
	return uint64(r1)<<32 | uint64(r0), uint64(r3)<<32 | uint64(r2)
}

// Uint64 returns 64 uniform bits at index i.
func (s Stream) Uint64(i uint64) uint64 {
	u, _ := s.block(i)
	return u
}

// Float64 returns the uniform number in [0, 1) at index i, a multiple of 2⁻⁵³.
func (s Stream) Float64(i uint64) float64 { return unit(s.Uint64(i)) }

// Uniform returns the uniform number between lo and hi at index i.
func (s Stream) Uniform(i uint64, lo, hi float64) float64 {
	return lo + float64((hi-lo)*s.Float64(i)) // the conversion forbids a fused multiply-add: same bits everywhere
}

// Normal returns the standard normal number at index i, by the Box–Muller
// transform of the two words of its block:
//
//	√(−2 ln u₁) · cos(2π u₂),  u₁ in (0, 1], u₂ in [0, 1)
//
// Its magnitude is at most √(2·53·ln 2) ≈ 8.57.
func (s Stream) Normal(i uint64) float64 {
	a, b := s.block(i)
	return math.Sqrt(-2*math.Log(1-unit(a))) * math.Cos(2*math.Pi*unit(b))
}

// IntN returns the uniform integer in [0, n) at index i; its bias is below
// n/2⁶⁴. It panics when n ≤ 0.
func (s Stream) IntN(i uint64, n int) int {
	if n <= 0 {
		panic("random: IntN of a range without numbers")
	}
	high, _ := bits.Mul64(s.Uint64(i), uint64(n))
	return int(high)
}

// Perm returns a uniform permutation of 0 … n−1 by the Fisher–Yates shuffle:
// position i, from the last down, is exchanged with position IntN(i, i+1). It
// panics when n < 0.
func (s Stream) Perm(n int) []int {
	if n < 0 {
		panic("random: Perm of a negative length")
	}
	perm := make([]int, n)
	for i := range perm {
		perm[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := s.IntN(uint64(i), i+1)
		perm[i], perm[j] = perm[j], perm[i]
	}
	return perm
}

// Fill writes element(s, i) to dst[i] for every i, on all cores.
func (s Stream) Fill(dst []float32, element func(s Stream, i uint64) float64) {
	const block = 1 << 16 // elements that one goroutine draws
	var wait sync.WaitGroup
	for from := 0; from < len(dst); from += block {
		wait.Go(func() {
			for i := from; i < min(from+block, len(dst)); i++ {
				dst[i] = float32(element(s, uint64(i)))
			}
		})
	}
	wait.Wait()
}

// unit keeps the upper 53 bits of u as a number in [0, 1).
func unit(u uint64) float64 { return float64(u>>11) * 0x1p-53 }
