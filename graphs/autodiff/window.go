package autodiff

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// window is how the kernel of a Conv slides over planes, or how that of a
// ConvTranspose, its transpose, does.
type window struct {
	c                  *call
	group              int64
	kernel             graphs.Shape
	strides, dilations []int64
	before, after      []int64      // padding
	rest               []graphs.Dim // places of the padded plane behind the last window
}

// newWindow reads the attributes; planes and places are the values on which
// the window slides and on which each place of it is an element. It is nil
// after a failure.
func newWindow(c *call, planes, places, w string) *window {
	rank := c.Rank(planes) - 2
	if c.Rank(places) != rank+2 || c.Rank(w) != rank+2 || rank < 1 {
		return nil
	}
	k := &window{c: c, group: c.node.Int("group", 1), kernel: c.Shape(w)[2:], rest: make([]graphs.Dim, rank)}
	k.strides, k.dilations = c.attribute("strides", rank, 1), c.attribute("dilations", rank, 1)
	pads := c.attribute("pads", 2*rank, 0)
	k.before, k.after = pads[:rank], pads[rank:]
	for i := range rank {
		k.place(i, c.Shape(planes)[2+i], c.Shape(places)[2+i])
	}
	if c.Err() != nil {
		return nil
	}
	return k
}

// attribute returns a copy of n integers, def where they are not given.
func (c *call) attribute(name string, n int, def int64) []int64 {
	if values := c.node.Ints(name); len(values) == n {
		return slices.Clone(values)
	}
	return slices.Repeat([]int64{def}, n)
}

// place computes the padding of axis i and what the last window leaves: the
// plane and its padding are as long as the windows and that rest.
func (k *window) place(i int, plane, places graphs.Dim) {
	transposed := k.c.node.Op == "ConvTranspose"
	extra := k.c.attribute("output_padding", len(k.strides), 0)[i]
	missing := k.missing(i, plane, places)
	mode := k.c.node.Str("auto_pad", "NOTSET")
	if mode == "VALID" {
		k.before[i], k.after[i] = 0, 0
	}
	if k.paddingFollows() {
		if missing == nil {
			k.c.Failf("its padding follows from spatial sizes that are not known")
			return
		}
		total := max(0, *missing+extra)
		k.rest[i] = graphs.Known(total - *missing)
		k.before[i], k.after[i] = total/2, total-total/2
		if mode != "SAME_UPPER" {
			k.before[i], k.after[i] = k.after[i], k.before[i]
		}
		return
	}
	switch {
	case transposed:
		k.rest[i] = graphs.Known(extra)
	case k.strides[i] == 1:
		k.rest[i] = graphs.Known(0)
	case missing != nil:
		k.rest[i] = graphs.Known(k.before[i] + k.after[i] - *missing)
	default:
		k.rest[i] = graphs.UnknownDim
	}
}

// paddingFollows reports whether the padding follows from sizes.
func (k *window) paddingFollows() bool {
	mode, n := k.c.node.Str("auto_pad", "NOTSET"), k.c.node
	return mode == "SAME_UPPER" || mode == "SAME_LOWER" || n.Op == "ConvTranspose" && n.Ints("output_shape") != nil
}

// missing is how many places the windows on axis i take beyond the plane, nil
// where it is not known.
func (k *window) missing(i int, plane, places graphs.Dim) *int64 {
	n, stride := k.c.node, k.strides[i]
	same := k.paddingFollows() && n.Ints("output_shape") == nil
	extent := (k.kernel[i].Size-1)*k.dilations[i] + 1
	var d int64
	switch {
	case !k.kernel[i].IsKnown():
		return nil
	case same && (stride == 1 || n.Op == "ConvTranspose"): // places·stride is the plane
		d = extent - stride
	case plane.IsKnown() && places.IsKnown():
		d = (places.Size-1)*stride + extent - plane.Size
	default:
		return nil
	}
	return &d
}

// pads returns the padding as ONNX's attribute holds it.
func (k *window) pads() []int64 { return slices.Concat(k.before, k.after) }

// swapped is the permutation that exchanges the first two axes.
func (k *window) swapped() []int64 {
	return append([]int64{1, 0}, countUp(2, int64(len(k.strides))+2)...)
}

// mirrored returns the padding with which a kernel turned round undoes a
// convolution of stride 1; nil where it cannot, or channels are not known.
func (k *window) mirrored() []int64 {
	rank := len(k.strides)
	pads := make([]int64, 2*rank)
	for i := range rank {
		reach := (k.kernel[i].Size - 1) * k.dilations[i]
		pads[i], pads[rank+i] = reach-k.before[i], reach-k.after[i]
		if k.strides[i] != 1 || !k.kernel[i].IsKnown() || min(pads[i], pads[rank+i]) < 0 {
			return nil
		}
	}
	if k.group != 1 && !k.c.Shape(k.c.in(1))[:2].IsStatic() {
		return nil
	}
	return pads
}

// pointwise reports whether the kernel is one place and nothing is padded.
func (k *window) pointwise() bool {
	for i, size := range k.kernel {
		if size != graphs.Known(1) || k.before[i] != 0 || k.after[i] != 0 {
			return false
		}
	}
	return k.group == 1
}

// overshoots reports whether the convolution that weights describes may find
// more places than the kernel has.
func (k *window) overshoots() bool {
	last := len(k.rest) - 1
	for i, rest := range k.rest {
		if !rest.IsKnown() || rest.Size >= k.dilations[i] || i == last && rest.Size > 0 {
			return true
		}
	}
	return k.dilations[last] > 1
}

// onesAnd returns n−1 ones and last.
func onesAnd(n int, last int64) []int64 {
	out := slices.Repeat([]int64{1}, n)
	out[n-1] = last
	return out
}

// planeSizes returns the spatial sizes of x times the factors, if there are
// any: a constant when they are known.
func (c *call) planeSizes(x string, factors []int64) string {
	if sizes := c.Shape(x)[2:]; sizes.IsStatic() {
		dims := sizes.Dims()
		for i, f := range factors {
			dims[i] *= f
		}
		return c.Ints(dims...)
	}
	sizes := c.Op("Shape", []string{x}, graphs.Int("start", 2))
	if factors == nil {
		return sizes
	}
	return c.Mul(sizes, c.Ints(factors...))
}

// join concatenates integer vectors: into a constant when all are.
func (c *call) join(parts ...string) string {
	var all []int64
	for _, p := range parts {
		k := c.Info(p).Const
		if k == nil {
			return c.Op("Concat", parts, graphs.Int("axis", 0))
		}
		all = append(all, k.Ints()...)
	}
	return c.Ints(all...)
}

// crop keeps the elements of x below the ends, every step-th where steps are
// given, on the axes from first on.
func (c *call) crop(x string, first int, ends string, steps []int64) string {
	n := c.Rank(x) - first
	if steps != nil {
		n = len(steps)
	}
	inputs := []string{x, c.Ints(make([]int64, n)...), ends, c.Ints(countUp(int64(first), int64(first+n))...)}
	if steps != nil {
		inputs = append(inputs, c.Ints(steps...))
	}
	return c.Op("Slice", inputs)
}
