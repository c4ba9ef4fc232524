package graphs

import (
	"math"
	"slices"
)

// Slide is how a window slides along an axis of planes: where it is at place q
// of Places, its tap t of Taps meets the element q·Stride + t·Dilation − Before.
type Slide struct{ Taps, Places, Stride, Dilation, Before int64 }

// Still is the Slide of one tap that meets every one of n elements.
func Still(n int64) Slide { return Slide{Taps: 1, Places: n, Stride: 1, Dilation: 1} }

// Meets returns which element a tap meets at a place: below 0 or behind the last
// for one of the padding.
func (s Slide) Meets(tap, place int64) int64 { return place*s.Stride + tap*s.Dilation - s.Before }

// Unfold returns planes N×C×P as C×(T·Q)×N: for each of the taps, T on all axes
// of P, the element that it meets at each of the places, Q in all. An element
// outside the planes is 0. The batch lies in one piece, so that taking an element
// is copying a row. P must be known. All users write it alike, so that planes
// which a forward and a backward pass unfold are unfolded once.
func (b *Builder) Unfold(planes string, axes ...Slide) string {
	sizes, zero := b.planeSizes(planes)
	return b.take(b.Transpose(b.ReshapeTo(planes, 0, 0, zero), 1, 2, 0), 1, Met(axes, sizes, zero), zero)
}

// UnfoldSamples is Unfold with the batch left in front: N×C×(T·Q).
func (b *Builder) UnfoldSamples(planes string, axes ...Slide) string {
	sizes, zero := b.planeSizes(planes)
	return b.take(b.ReshapeTo(planes, 0, 0, zero), 2, Met(axes, sizes, zero), zero)
}

// planeSizes returns the sizes of planes and the number of the place behind them.
func (b *Builder) planeSizes(planes string) (sizes []int64, behind int64) {
	sizes, behind = b.Shape(planes)[2:].Dims(), 1
	for _, s := range sizes {
		behind *= s
	}
	return sizes, behind
}

// take takes elements along an axis of a value of rank 3, which has size of them;
// one behind them is 0.
func (b *Builder) take(x string, axis int64, taken []int64, size int64) string {
	if isCount(taken, size) {
		return x
	}
	if slices.Contains(taken, size) {
		pads := make([]int64, 6)
		pads[3+axis] = 1
		x = b.Op("Pad", []string{x, b.Ints(pads...)})
	}
	return b.Gather(x, b.Ints(taken...), axis)
}

// Rows returns planes N×C×P as a matrix C×(P·N). Their sizes must be known.
func (b *Builder) Rows(planes string) string {
	shape := b.Shape(planes)
	still := make([]Slide, len(shape)-2)
	for i, d := range shape[2:] {
		still[i] = Still(d.Size)
	}
	return b.ReshapeTo(b.Unfold(planes, still...), shape[1].Size, -1)
}

// SkipPlaces returns of each block of places of planes N×C×P, as large as the
// strides, the first.
func (b *Builder) SkipPlaces(planes string, strides []int64) string {
	rank := len(strides)
	axes := make([]int64, rank)
	for i := range axes {
		axes[i] = int64(2 + i)
	}
	ends := slices.Repeat([]int64{math.MaxInt64}, rank)
	return b.Op("Slice", []string{planes, b.Ints(make([]int64, rank)...), b.Ints(ends...), b.Ints(axes...), b.Ints(strides...)})
}

// IsEvenlySkipped reports whether planes of sizes that are known are made of whole
// blocks, as large as the strides and not all of one place, of which there are as
// many as places.
func IsEvenlySkipped(planes, places Shape, strides []int64) bool {
	if len(strides) != len(planes) || len(strides) != len(places) || !planes.IsStatic() || !places.IsStatic() {
		return false
	}
	skips := false
	for i, stride := range strides {
		if planes[i].Size != places[i].Size*stride {
			return false
		}
		skips = skips || stride > 1
	}
	return skips
}

// Met returns, tap by tap, where in a plane of the given sizes the places'
// elements are, counted over all axes; outside for those that are in none.
func Met(axes []Slide, sizes []int64, outside int64) []int64 {
	taps, places := int64(1), int64(1)
	for _, a := range axes {
		taps, places = taps*a.Taps, places*a.Places
	}
	taken := make([]int64, 0, taps*places)
	for t := range taps {
		for q := range places {
			taken = append(taken, metOnce(axes, sizes, outside, t, q))
		}
	}
	return taken
}

// metOnce is Met for one tap and place, both counted over all axes.
func metOnce(axes []Slide, sizes []int64, outside, tap, place int64) int64 {
	flat, unit := int64(0), int64(1)
	for i, a := range slices.Backward(axes) {
		at := a.Meets(tap%a.Taps, place%a.Places)
		if at < 0 || at >= sizes[i] {
			return outside
		}
		flat, unit = flat+at*unit, unit*sizes[i]
		tap, place = tap/a.Taps, place/a.Places
	}
	return flat
}

// isCount reports whether the numbers are those from 0 to before n.
func isCount(numbers []int64, n int64) bool {
	for i, v := range numbers {
		if v != int64(i) {
			return false
		}
	}
	return int64(len(numbers)) == n
}
