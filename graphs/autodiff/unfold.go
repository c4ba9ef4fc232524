package autodiff

import "slices"

// unfolds reports whether the sizes that unfolded needs are known.
func (k *window) unfolds(x, v, w string) bool {
	c := k.c
	return c.Shape(x)[2:].IsStatic() && c.Shape(v)[2:].IsStatic() && c.Shape(w).IsStatic()
}

// unfolded is weights as one matrix product. Where the kernel has T places and
// v has Q,
//
//	x N×C×P    T copies of Q places each: C×(T·Q)×N
//	dw         v M×(Q·N) times that as (C·T)×(Q·N), in each group
func (k *window) unfolded(x, v, w string) string {
	c, rank := k.c, int64(len(k.strides))
	kernel, places := k.kernel.Dims(), c.Shape(v)[2:].Dims()
	channels, outs := c.Shape(w)[1].Size, c.Shape(w)[0].Size/k.group
	taken := k.copies(x, k.group*channels, kernel, places, k.met)
	columns := channels * product(kernel)
	rows := c.Transpose(v, append(countUp(1, rank+2), 0)...) // M×Q×N
	if k.group == 1 {
		dW := c.Gemm(c.ReshapeTo(rows, outs, -1), c.ReshapeTo(taken, columns, -1), false, true)
		return c.ReshapeLike(dW, w)
	}
	dW := c.MatMul(c.ReshapeTo(rows, k.group, outs, -1), c.SwapLast(c.ReshapeTo(taken, k.group, columns, -1)))
	return c.ReshapeLike(dW, w)
}

// stackGain is how many times fewer elements stacked must copy than unfolded to
// be taken in its place, since it needs more operators.
var stackGain = 4.0 / 3

// stacks reports whether stacked may take the place of unfolded, and should.
func (k *window) stacks(x, v, w string) bool {
	c := k.c
	if k.group != 1 || k.strides[0] != 1 {
		return false
	}
	kernel, outs, channels := k.kernel.Dims(), c.Shape(w)[0].Size, c.Shape(w)[1].Size
	unfolded := (product(kernel)*channels + outs) * c.Shape(v)[2].Size
	stacked := (product(kernel[1:])*channels + kernel[0]*outs) * c.Shape(x)[2].Size
	return float64(unfolded) >= stackGain*float64(stacked)
}

// stacked is weights as one matrix product for strides of 1 along the first
// axis. Where the kernel has K places along that axis and L along the others,
// unfolded copies x K·L times and v once; this copies x L times, moved along
// the other axes, and v K times, moved along the first: for 3×3 six in place of
// ten.
//
//	dw[m,c,i,j] = Σ v[m, p − i, q]·x[c, p, q + j]
//
// over places p of x and q of v.
func (k *window) stacked(x, v, w string) string {
	c, kernel := k.c, k.kernel.Dims()
	outs, channels, others := c.Shape(w)[0].Size, c.Shape(w)[1].Size, product(kernel[1:])
	places := slices.Concat(c.Shape(x)[2:3].Dims(), c.Shape(v)[3:].Dims())
	first, rest := slices.Repeat([]int64{1}, len(kernel)), slices.Clone(kernel)
	first[0], rest[0] = kernel[0], 1
	ofX := k.copies(x, channels, rest, places, func(axis int, place, tap int64) int64 {
		if axis == 0 {
			return place
		}
		return k.met(axis, place, tap)
	})
	ofV := k.copies(v, outs, first, places, func(axis int, place, tap int64) int64 {
		if axis == 0 {
			return place - tap*k.dilations[0] + k.before[0]
		}
		return place
	})
	dW := c.Gemm(c.ReshapeTo(ofV, outs*kernel[0], -1), c.ReshapeTo(ofX, channels*others, -1), false, true)
	dW = c.ReshapeTo(dW, outs, kernel[0], channels, others)
	return c.ReshapeLike(c.Transpose(dW, 0, 2, 1, 3), w)
}

// met is the place along an axis of the planes that a place of the kernel meets
// where the window is at the given place.
func (k *window) met(axis int, place, tap int64) int64 {
	return place*k.strides[axis] + tap*k.dilations[axis] - k.before[axis]
}

// copies returns planes N×C×P as C×(T·Q)×N: for each of the taps, T on all
// axes, the element at each of the places, Q in all, where that is by axis; one
// outside is 0. The batch lies in one piece, so that taking an element is
// copying a row.
func (k *window) copies(planes string, channels int64, taps, places []int64, where func(axis int, place, tap int64) int64) string {
	c, sizes := k.c, k.c.Shape(planes)[2:].Dims()
	zero := product(sizes) // behind the planes
	taken := make([]int64, 0, product(taps)*product(places))
	for t := range product(taps) {
		for q := range product(places) {
			flat, tRest, qRest, unit := int64(0), t, q, int64(1)
			for i := len(sizes) - 1; i >= 0; i-- {
				at := where(i, qRest%places[i], tRest%taps[i])
				if at < 0 || at >= sizes[i] {
					flat = zero
					break
				}
				flat += at * unit
				unit *= sizes[i]
				tRest, qRest = tRest/taps[i], qRest/places[i]
			}
			taken = append(taken, flat)
		}
	}
	flat := c.ReshapeTo(planes, 0, channels, zero)
	if slices.Contains(taken, zero) {
		flat = c.Op("Pad", []string{flat, c.Ints(0, 0, 0, 0, 0, 1)})
	}
	rows := c.Transpose(flat, 1, 2, 0)
	if slices.Equal(taken, countUp(0, zero)) {
		return rows
	}
	return c.Gather(rows, c.Ints(taken...), 1)
}

func product(sizes []int64) int64 {
	p := int64(1)
	for _, s := range sizes {
		p *= s
	}
	return p
}
