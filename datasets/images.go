package datasets

import (
	"runtime"
	"sync"
)

// Side is the height and width in pixels of the images that [Load] returns;
// they have three channels.
const Side = 32

// Images is an array of N×C×H×W pixels, the width fastest.
type Images struct {
	Pixels     []uint8
	N, C, H, W int
}

// At returns the C×H×W pixels of image i, not a copy.
func (m Images) At(i int) []uint8 {
	size := m.C * m.H * m.W
	return m.Pixels[i*size : (i+1)*size : (i+1)*size]
}

// prepare returns the images with three channels (a single one is repeated) of
// Side×Side pixels: m itself when it has that form.
func (m Images) prepare() Images {
	if m.C == 3 && m.H == Side && m.W == Side {
		return m
	}
	out := Images{N: m.N, C: 3, H: Side, W: Side, Pixels: make([]uint8, m.N*3*Side*Side)}
	r := newResizer(m.H, m.W, Side, Side)
	inParallel(m.N, func(first, last int) {
		scratch := r.scratch()
		for i := first; i < last; i++ {
			in, dst := m.At(i), out.At(i)
			for c := range m.C {
				r.resize(dst[c*Side*Side:][:Side*Side], in[c*m.H*m.W:][:m.H*m.W], scratch)
			}
			for c := m.C; c < out.C; c++ {
				copy(dst[c*Side*Side:], dst[:Side*Side])
			}
		}
	})
	return out
}

// inParallel calls f for consecutive ranges that make up 0 … n−1, one for each
// processor, and waits for all of them.
func inParallel(n int, f func(first, last int)) {
	var group sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for p := range parts {
		group.Go(func() { f(p*n/parts, (p+1)*n/parts) })
	}
	group.Wait()
}

// Normalizer turns pixels into the values that networks are trained on:
//
//	(pixel/255 − mean) / std
//
// computed in float32 in this order, as torchvision's ToTensor and Normalize
// do, with mean and standard deviation of the pixel's channel. It is made by
// [NewNormalizer] and may be used by any number of goroutines.
type Normalizer struct {
	Mean, Std []float32 // of each channel, for pixels scaled to [0, 1]; read only
	table     [][256]float32
}

// NewNormalizer returns the Normalizer for means and standard deviations by
// channel. It panics when their numbers differ or a deviation is not positive.
func NewNormalizer(mean, std []float32) *Normalizer {
	if len(mean) != len(std) {
		panic("datasets: NewNormalizer with different numbers of means and deviations")
	}
	n := &Normalizer{Mean: mean, Std: std, table: make([][256]float32, len(mean))}
	for c := range n.table {
		if !(std[c] > 0) {
			panic("datasets: NewNormalizer with a deviation that is not positive")
		}
		for v := range n.table[c] {
			n.table[c][v] = (float32(v)/255 - mean[c]) / std[c]
		}
	}
	return n
}

// Normalize writes the normalised pixels of a C×H×W image, or of any array
// with the channel slowest, to dst. It panics when the lengths differ or are no
// multiple of the number of channels.
func (n *Normalizer) Normalize(dst []float32, pixels []uint8) {
	if len(dst) != len(pixels) || len(pixels)%len(n.table) != 0 {
		panic("datasets: Normalize with lengths that do not fit")
	}
	size := len(pixels) / len(n.table)
	for c := range n.table {
		table, in, out := &n.table[c], pixels[c*size:][:size], dst[c*size:][:size]
		for i, p := range in {
			out[i] = table[p]
		}
	}
}
