package graphs

import "slices"

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
	sizes := b.Shape(planes)[2:].Dims()
	zero := int64(1) // the place behind the planes
	for _, s := range sizes {
		zero *= s
	}
	rows := b.Transpose(b.ReshapeTo(planes, 0, 0, zero), 1, 2, 0)
	taken := Met(axes, sizes, zero)
	if isCount(taken, zero) {
		return rows
	}
	if slices.Contains(taken, zero) {
		rows = b.Op("Pad", []string{rows, b.Ints(0, 0, 0, 0, 1, 0)})
	}
	return b.Gather(rows, b.Ints(taken...), 1)
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
