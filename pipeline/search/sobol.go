package search

import "github.com/memdil/memdil/random"

// sobolSampler walks along a Sobol sequence under Owen's nested uniform
// scrambling (Owen 1995): every point is uniform, all together cover the cube
// more evenly than independent ones. Coordinates beyond the table's are
// independent and uniform.
type sobolSampler struct{ base }

var _ Sampler = sobolSampler{}

// Propose returns point n of the sequence.
func (s sobolSampler) Propose(n int, _ []Observation, _ []Point) Point {
	return s.space.tidy(s.scrambled(n))
}

// scrambled returns point n of the scrambled sequence.
func (b base) scrambled(n int) Point {
	p := make(Point, len(b.space))
	for i := range p {
		if i > len(sobolTable) {
			p[i] = b.draws(n).Float64(uint64(i))
			continue
		}
		p[i] = float64(owen(b.stream.Sub(1<<62+uint64(i)), sobol(n, i))) * 0x1p-32
	}
	return p
}

// sobol returns coordinate dim of point n of the unscrambled sequence, as a
// fraction of 2³², in the order of the Gray code.
func sobol(n, dim int) uint32 {
	directions := sobolDirections(dim)
	x, gray := uint32(0), uint32(n)^uint32(n)>>1
	for k := range 32 {
		if gray>>k&1 == 1 {
			x ^= directions[k]
		}
	}
	return x
}

// sobolDirections returns the direction numbers of a dimension: with the
// primitive polynomial's degree s, coefficients a and initial numbers m,
//
//	v_k = m_k 2^(32−k) for k ≤ s,  v_k = v_(k−s) ⊕ v_(k−s)/2^s ⊕ ⊕_j a_j v_(k−j)
func sobolDirections(dim int) (v [32]uint32) {
	if dim == 0 { // van der Corput
		for k := range v {
			v[k] = 1 << (31 - k)
		}
		return v
	}
	row := sobolTable[dim-1]
	s := len(row.m)
	for k := range v {
		if k < s {
			v[k] = row.m[k] << (31 - k)
			continue
		}
		v[k] = v[k-s] ^ v[k-s]>>s
		for j := 1; j < s; j++ {
			if row.a>>(s-1-j)&1 == 1 {
				v[k] ^= v[k-j]
			}
		}
	}
	return v
}

// owen flips each bit of x by a random bit that depends on all bits above.
func owen(s random.Stream, x uint32) uint32 {
	out := uint32(0)
	for level := range 32 {
		above := uint64(x) >> (32 - level) // of level bits
		flip := uint32(s.Uint64(uint64(level)<<32|above) >> 63)
		out |= (x>>(31-level)&1 ^ flip) << (31 - level)
	}
	return out
}
