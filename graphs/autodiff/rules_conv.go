package autodiff

import (
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// conv: x N×C×P convolved with w M×(C/g)×K in g groups, where P, Q and K stand
// for the spatial sizes of planes, outputs and kernels.
//
//	y, v  N×M×Q
//	dx    N×C×P      transposed convolution of v with w
//	dw    M×(C/g)×K  products of v and x, summed over N and Q
//	db    M          sum of v over N and Q
func conv(c *call) []string {
	x, w, v := c.in(0), c.in(1), c.dy[0]
	k := newWindow(c, x, c.node.Outputs[0], w)
	if k == nil {
		return nil
	}
	return c.withBias(k.scatter(v, w, x), k.weights(x, v, w))
}

// convTranspose: x N×C×Q spread over planes by w C×(M/g)×K in g groups; conv
// with the parts of x and y exchanged.
//
//	y, v  N×M×P
//	dx    N×C×Q      convolution of v with w
//	dw    C×(M/g)×K  products of x and v, summed over N and Q
//	db    M          sum of v over N and P
func convTranspose(c *call) []string {
	x, w, v := c.in(0), c.in(1), c.dy[0]
	k := newWindow(c, c.node.Outputs[0], x, w)
	if k == nil {
		return nil
	}
	return c.withBias(k.gather(v, w, x), k.weights(v, x, w))
}

// withBias adds the gradient of the bias if there is one.
func (c *call) withBias(dx, dw string) []string {
	if c.in(2) == "" {
		return []string{dx, dw}
	}
	return []string{dx, dw, c.ReduceSum(c.dy[0], false, c.BatchAxes(c.dy[0])...)}
}

// scatter is the transposed convolution of v N×M×Q with w, of the shape of x
// N×C×P. It pads alike on both sides, as all kernels can, and crops.
func (k *window) scatter(v, w, x string) string {
	c, rank := k.c, len(k.strides)
	if pads := k.mirrored(); pads != nil {
		return k.correlation(v, w, pads)
	}
	if c.options.Unfold && k.skips(v, w, x) {
		return k.apart(v, w, x)
	}
	pads, extra, from := make([]int64, 2*rank), make([]int64, rank), make([]int64, rank)
	crop := false
	for i := range rank {
		p := min(k.before[i], k.after[i])
		pads[i], pads[rank+i], from[i] = p, p, k.before[i]-p
		rest := k.strides[i] - 1 // at most
		if k.rest[i].IsKnown() {
			rest = k.rest[i].Size
		}
		extra[i] = max(0, rest-(k.after[i]-p))
		crop = crop || k.before[i] != k.after[i] || !k.rest[i].IsKnown()
	}
	dx := c.Op("ConvTranspose", []string{v, w}, graphs.Ints("strides", k.strides...), graphs.Ints("dilations", k.dilations...),
		graphs.Ints("pads", pads...), graphs.Ints("output_padding", extra...), graphs.Int("group", k.group))
	if !crop {
		return dx
	}
	ends := c.Add(c.planeSizes(x, nil), c.Ints(from...))
	return c.Op("Slice", []string{dx, c.Ints(from...), ends, c.Ints(countUp(2, int64(rank)+2)...)})
}

// correlation is scatter where the window takes every place: a convolution of
// v with the kernels turned round, which runs faster.
func (k *window) correlation(v, w string, pads []int64) string {
	c, rank := k.c, len(k.strides)
	if slices.ContainsFunc(k.kernel, func(d graphs.Dim) bool { return d.Size > 1 }) {
		last := slices.Repeat([]int64{-1}, rank) // also the step
		w = c.Op("Slice", []string{w, c.Ints(last...), c.Ints(slices.Repeat([]int64{math.MinInt64}, rank)...),
			c.Ints(countUp(2, int64(rank)+2)...), c.Ints(last...)})
	}
	attrs := []graphs.Attribute{graphs.Ints("dilations", k.dilations...), graphs.Ints("pads", pads...)}
	if k.group != 1 {
		attrs = append(attrs, graphs.Int("group", k.group))
	}
	return c.Op("Conv", []string{v, k.exchangedChannels(w)}, attrs...)
}

// exchangedChannels returns w M×(C/g)×K as C×(M/g)×K, in each group.
func (k *window) exchangedChannels(w string) string {
	c := k.c
	if k.group == 1 {
		return c.Transpose(w, k.swapped()...)
	}
	shape := c.Shape(w)
	out, in, kernel := shape[0].Size/k.group, shape[1].Size, k.kernel.Dims()
	if out > 1 || in > 1 {
		apart := c.ReshapeTo(w, append([]int64{k.group, out, in}, kernel...)...)
		w = c.Transpose(apart, append([]int64{0, 2, 1}, countUp(3, int64(len(kernel))+3)...)...)
	}
	return c.ReshapeTo(w, append([]int64{k.group * in, out}, kernel...)...)
}

// gather is the convolution of v N×M×P with w, of the shape of x N×C×Q.
func (k *window) gather(v, w, x string) string {
	c := k.c
	dx := c.Op("Conv", []string{v, w}, graphs.Ints("strides", k.strides...), graphs.Ints("dilations", k.dilations...),
		graphs.Ints("pads", k.pads()...), graphs.Int("group", k.group))
	for i, stride := range k.strides {
		if k.rest[i].Size >= stride { // a further window fits
			return c.crop(dx, 2, c.planeSizes(x, nil), nil)
		}
	}
	return dx
}

// weights is the sum over N and Q of the products of v N×M×Q and the windows
// on x N×C×P: the gradient by w M×(C/g)×K.
//
// It is a convolution in which N has the part of the channels and v that of
// the kernel, whose stride and dilation change places. So that it is one large
// product, the channels of a group are interleaved in the last spatial axis,
// where a place is C/g wide:
//
//	x 1×(g·N)×…×(P·C/g) convolved with v M×N×Q in g groups: 1×M×K'×(K'·C/g)
//
// K' is K and what further windows fit. Along the last axis the window takes
// every place, of which dilation skips some.
func (k *window) weights(x, v, w string) string {
	c, rank := k.c, len(k.strides)
	switch {
	case c.options.Unfold && k.skips(v, w, x):
		return k.skipped(x, v, w)
	case k.pointwise():
		return k.product(v, x, w)
	case c.options.Unfold && k.unfolds(x, v, w):
		return k.multiplied(x, v, w)
	}
	channels := c.Shape(w)[1]
	if !channels.IsKnown() {
		c.Failf("the channels of its weights %q are not known", w)
		return ""
	}
	dW := c.Op("Conv", []string{k.interleaved(x, channels.Size), c.Transpose(v, k.swapped()...)}, k.exchanged(channels.Size)...)
	split := append(make([]int64, rank), -1, channels.Size) // 0 copies a size
	dW = c.ReshapeTo(c.Squeeze(dW, 0), split...)            // M×K'×C/g
	if k.overshoots() {
		steps := onesAnd(rank, k.dilations[rank-1])
		dW = c.crop(dW, 1, c.planeSizes(w, steps), steps)
	}
	return c.Transpose(dW, append([]int64{0, int64(rank) + 1}, countUp(1, int64(rank)+1)...)...)
}

// interleaved returns x N×C×P as 1×(g·N)×…×(P·C/g).
func (k *window) interleaved(x string, channels int64) string {
	c, rank := k.c, int64(len(k.strides))
	var apart string
	switch {
	case channels == 1:
		apart = c.Transpose(x, k.swapped()...)
	case k.group == 1:
		apart = c.Transpose(x, append(append([]int64{0}, countUp(2, rank+2)...), 1)...)
	default:
		groups := c.Reshape(x, c.join(c.Ints(0, k.group, channels), c.planeSizes(x, nil)))
		apart = c.Transpose(groups, append(append([]int64{1, 0}, countUp(3, rank+3)...), 2)...)
	}
	return c.Reshape(apart, c.join(c.Ints(1, -1), c.planeSizes(x, onesAnd(int(rank), channels))))
}

// exchanged returns the attributes of the convolution that weights describes.
func (k *window) exchanged(channels int64) []graphs.Attribute {
	rank := len(k.strides)
	last := rank - 1
	strides, dilations, pads := append([]int64{}, k.dilations...), append([]int64{}, k.strides...), k.pads()
	strides[last] = 1
	for _, wide := range []*int64{&dilations[last], &pads[last], &pads[rank+last]} {
		*wide *= channels
	}
	return []graphs.Attribute{graphs.Ints("strides", strides...), graphs.Ints("dilations", dilations...),
		graphs.Ints("pads", pads...), graphs.Int("group", k.group)}
}

// product is weights for kernels of one place: a matrix product of v and the
// places of x that the windows take, both with N behind the channels, or one for
// each sample where that moves less.
func (k *window) product(v, x, w string) string {
	c := k.c
	if slices.Max(k.strides) > 1 {
		x = c.SkipPlaces(x, k.strides)
	}
	if k.sampleBySample(v, w) {
		rows := func(value string) string { return c.ReshapeTo(value, 0, 0, -1) }
		return c.ReshapeLike(c.ReduceSum(c.MatMul(rows(v), c.SwapLast(rows(x))), false, 0), w)
	}
	rows := func(value string) string {
		if shape := c.Shape(value); shape[0] == graphs.Known(1) && shape[1].IsKnown() {
			return c.ReshapeTo(value, shape[1].Size, -1)
		}
		return c.ReshapeTo(c.Transpose(value, k.swapped()...), 0, -1)
	}
	return c.ReshapeLike(c.Gemm(rows(v), rows(x), false, true), w)
}

// sampleBySample reports whether gradients by w of each sample, to be summed, are
// fewer numbers than x and v, which would have to be transposed. GPUs would rather
// do that than multiply small matrices.
func (k *window) sampleBySample(v, w string) bool {
	c := k.c
	places, known := c.Shape(v)[2:].Elements()
	if c.options.Unfold || !known || !c.Shape(w).IsStatic() || c.Shape(v)[0] == graphs.Known(1) {
		return false
	}
	outs, channels := c.Shape(w)[0].Size, c.Shape(w)[1].Size
	return outs*channels < places*(outs+channels)
}
