package autodiff

// unfolds reports whether the sizes that unfolded needs are known.
func (k *window) unfolds(x, v, w string) bool {
	c := k.c
	return c.Shape(x)[2:].IsStatic() && c.Shape(v)[2:].IsStatic() && c.Shape(w).IsStatic()
}

// unfolded is weights as one matrix product. Where the kernel has T places and
// v has Q,
//
//	x N×C×P    padded, the batch behind, T·Q places taken: C×(T·Q)×N
//	dw         v M×(Q·N) times that as (C·T)×(Q·N), in each group
//
// The batch lies in one piece, so that taking a place is copying a row.
func (k *window) unfolded(x, v, w string) string {
	c, rank := k.c, int64(len(k.strides))
	perm := append(countUp(1, rank+2), 0)
	planes := c.Transpose(k.padded(x), perm...) // C×P×N
	sizes := c.Shape(planes)[1 : 1+rank].Dims()
	channels := c.Shape(w)[1].Size
	flat := c.ReshapeTo(planes, k.group*channels, product(sizes), -1)
	places := c.Shape(v)[2:].Dims()
	taken := c.Gather(flat, c.Ints(k.taken(sizes, places)...), 1) // C×(T·Q)×N
	kernel := k.kernel.Dims()
	columns := channels * product(kernel)
	outs := c.Shape(w)[0].Size / k.group
	rows := c.Transpose(v, perm...) // M×Q×N
	if k.group == 1 {
		dW := c.Gemm(c.ReshapeTo(rows, outs, -1), c.ReshapeTo(taken, columns, -1), false, true)
		return c.ReshapeLike(dW, w)
	}
	dW := c.MatMul(c.ReshapeTo(rows, k.group, outs, -1), c.SwapLast(c.ReshapeTo(taken, k.group, columns, -1)))
	return c.ReshapeLike(dW, w)
}

// padded pads the planes of a value N×C×P.
func (k *window) padded(x string) string {
	rank := len(k.strides)
	pads := make([]int64, 2*(rank+2))
	any := false
	for i := range rank {
		pads[2+i], pads[rank+2+2+i] = k.before[i], max(k.after[i], 0)
		any = any || k.before[i] > 0 || k.after[i] > 0
	}
	if !any {
		return x
	}
	return k.c.Op("Pad", []string{x, k.c.Ints(pads...)})
}

// taken lists the flat places of padded planes of the given sizes that each
// place of the kernel meets, kernel place by kernel place.
func (k *window) taken(sizes, places []int64) []int64 {
	kernel := k.kernel.Dims()
	out := make([]int64, 0, product(kernel)*product(places))
	for t := range product(kernel) {
		for q := range product(places) {
			flat, tRest, qRest, unit := int64(0), t, q, int64(1)
			for i := len(sizes) - 1; i >= 0; i-- {
				at := qRest%places[i]*k.strides[i] + tRest%kernel[i]*k.dilations[i]
				flat += at * unit
				unit *= sizes[i]
				tRest, qRest = tRest/kernel[i], qRest/places[i]
			}
			out = append(out, flat)
		}
	}
	return out
}

func product(sizes []int64) int64 {
	p := int64(1)
	for _, s := range sizes {
		p *= s
	}
	return p
}
