package autodiff

import "github.com/memdil/memdil/graphs"

// mostTaken is how many places a table or a mask of places may have, which is a
// constant of the graph: 2000 × 2000 for each place of a kernel of 2×2.
const mostTaken = 1 << 24

// unfolds reports whether the sizes that unfolded needs are known, and make no
// table that is too large.
func (k *window) unfolds(x, v, w string) bool {
	c := k.c
	planes, known := c.Shape(x)[2:].Elements()
	places, alsoKnown := c.Shape(v)[2:].Elements()
	taps, _ := k.kernel.Elements()
	return known && alsoKnown && c.Shape(w).IsStatic() && float64(taps)*float64(max(planes, places)) <= mostTaken
}

// multiplied is weights as products of matrices, in the form that copies least.
func (k *window) multiplied(x, v, w string) string {
	switch {
	case k.hasFewColumns(v, w):
		return k.bySample(x, v, w)
	case k.stacks(x, v, w):
		return k.stacked(x, v, w)
	}
	return k.unfolded(x, v, w)
}

// fewColumns is how many times fewer elements than a plane of v the columns of w
// must have so that gradients by each sample cost less than to turn v.
const fewColumns = 4

func (k *window) hasFewColumns(v, w string) bool {
	places, _ := k.c.Shape(v)[2:].Elements()
	columns, _ := k.c.Shape(w)[1:].Elements()
	return k.group == 1 && fewColumns*columns <= places
}

// bySample is weights as a product for each sample, to be summed: v M×Q times x
// unfolded to (C·T)×Q.
func (k *window) bySample(x, v, w string) string {
	c := k.c
	columns, _ := c.Shape(w)[1:].Elements()
	taps := c.ReshapeTo(c.UnfoldSamples(x, k.slides(v)...), 0, columns, -1)
	return c.ReshapeLike(c.ReduceSum(c.MatMul(c.ReshapeTo(v, 0, 0, -1), c.SwapLast(taps)), false, 0), w)
}

// unfolded is weights as one matrix product. Where the kernel has T places and
// v has Q,
//
//	x N×C×P    T copies of Q places each: C×(T·Q)×N
//	dw         v M×(Q·N) times that as (C·T)×(Q·N), in each group
func (k *window) unfolded(x, v, w string) string {
	c := k.c
	columns, outs := c.Shape(w)[1].Size*product(k.kernel.Dims()), c.Shape(w)[0].Size/k.group
	taken, rows := c.Unfold(x, k.slides(v)...), c.Unfold(v, k.still(v)...)
	if k.group == 1 {
		dW := c.Gemm(c.ReshapeTo(rows, outs, -1), c.ReshapeTo(taken, columns, -1), false, true)
		return c.ReshapeLike(dW, w)
	}
	dW := c.MatMul(c.ReshapeTo(rows, k.group, outs, -1), c.SwapLast(c.ReshapeTo(taken, k.group, columns, -1)))
	return c.ReshapeLike(dW, w)
}

// slides is how the window slides over the planes, being at the places of v.
func (k *window) slides(v string) []graphs.Slide {
	axes := k.still(v)
	for i := range axes {
		axes[i] = graphs.Slide{Taps: k.kernel[i].Size, Places: axes[i].Places, Stride: k.strides[i], Dilation: k.dilations[i], Before: k.before[i]}
	}
	return axes
}

// still takes the planes of v as they are.
func (k *window) still(v string) []graphs.Slide {
	axes := make([]graphs.Slide, len(k.strides))
	for i, places := range k.c.Shape(v)[2:] {
		axes[i] = graphs.Still(places.Size)
	}
	return axes
}

// stackGain is how many times fewer elements stacked must copy than unfolded to
// be taken in its place, since it needs more operators.
var stackGain = 4.0 / 3

// stacks reports whether stacked may take the place of unfolded, and should:
// not where x is unfolded anyway.
func (k *window) stacks(x, v, w string) bool {
	c := k.c
	if k.group != 1 || k.strides[0] != 1 || c.options.Unfolded != nil && c.options.Unfolded(c.Shape(w), c.Shape(v)) {
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
	along := c.Shape(x)[2].Size // the first axis
	ofX, ofV := k.slides(v), k.still(v)
	ofX[0] = graphs.Still(along)
	ofV[0] = graphs.Slide{Taps: kernel[0], Places: along, Stride: 1, Dilation: -k.dilations[0], Before: -k.before[0]}
	dW := c.Gemm(c.ReshapeTo(c.Unfold(v, ofV...), outs*kernel[0], -1), c.ReshapeTo(c.Unfold(x, ofX...), channels*others, -1), false, true)
	dW = c.ReshapeTo(dW, outs, kernel[0], channels, others)
	return c.ReshapeLike(c.Transpose(dW, 0, 2, 1, 3), w)
}

func product(sizes []int64) int64 {
	p := int64(1)
	for _, s := range sizes {
		p *= s
	}
	return p
}
