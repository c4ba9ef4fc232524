package datasets

import "math"

// resizer scales grey images bilinearly with Pillow's arithmetic
// (Image.resize with BILINEAR), bit for bit: a horizontal, then a vertical
// pass, each with weights rounded to fixed point and results rounded to uint8.
// When it makes images smaller the filter widens with the scale and so
// prevents aliasing. The order of the passes is that of Pillow up to 10; Pillow
// 13 exchanges them for images that grow in width and shrink in height, where a
// pixel may then differ by one.
type resizer struct {
	inH, inW, outH, outW int
	columns, rows        []taps // nil when that size stays
}

// taps are the weights of the input pixels, from first on, that make up one
// output pixel.
type taps struct {
	first   int
	weights []int32 // in units of 2^-weightBits
}

// weightBits leaves room for 8 bits of pixel and 2 of overshoot in an int32.
const weightBits = 32 - 8 - 2

func newResizer(inH, inW, outH, outW int) *resizer {
	return &resizer{inH, inW, outH, outW, bilinearTaps(inW, outW), bilinearTaps(inH, outH)}
}

// bilinearTaps returns the taps of each of the out pixels along an axis of in
// pixels, or nil when in = out. With the scale s = in/out, widened to 1 when it
// is less, pixel i has centre (i + ½)·in/out and input pixel j the weight
//
//	max(0, 1 − |j + ½ − centre| / s), normalised to sum 1
func bilinearTaps(in, out int) []taps {
	if in == out {
		return nil
	}
	scale := float64(in) / float64(out)
	support := max(scale, 1)
	all := make([]taps, out)
	for i := range all {
		centre := (float64(i) + 0.5) * scale
		first := max(0, int(centre-support+0.5))
		last := min(in, int(centre+support+0.5))
		weights, sum := make([]float64, last-first), 0.0
		for j := range weights {
			distance := (float64(j+first) - centre + 0.5) / support
			weights[j] = max(0, 1-math.Abs(distance))
			sum += weights[j]
		}
		all[i] = taps{first, make([]int32, len(weights))}
		for j, w := range weights {
			all[i].weights[j] = int32(math.Floor(w/sum*(1<<weightBits) + 0.5))
		}
	}
	return all
}

// scratch returns the memory that resize needs between its passes; it may be
// used again, by one goroutine at a time.
func (r *resizer) scratch() []uint8 { return make([]uint8, r.inH*r.outW) }

// resize scales the inH×inW pixels of src to the outH×outW pixels of dst.
func (r *resizer) resize(dst, src, scratch []uint8) {
	wide := src
	if r.columns != nil {
		wide = scratch
		for y := range r.inH {
			row, out := src[y*r.inW:][:r.inW], wide[y*r.outW:][:r.outW]
			for x := range out {
				out[x] = r.columns[x].apply(row, 1)
			}
		}
	}
	if r.rows == nil {
		copy(dst, wide)
		return
	}
	for y := range r.outH {
		for x := range r.outW {
			dst[y*r.outW+x] = r.rows[y].apply(wide[x:], r.outW)
		}
	}
}

// apply returns the weighted sum of the pixels at multiples of stride, rounded;
// bilinear weights never overshoot 0 … 255 by more than the rounding.
func (t *taps) apply(pixels []uint8, stride int) uint8 {
	sum := int32(1) << (weightBits - 1)
	for j, w := range t.weights {
		sum += int32(pixels[(t.first+j)*stride]) * w
	}
	return uint8(min(sum>>weightBits, 255))
}
