package graphs

import (
	"fmt"
	"math"
	"slices"
)

// concat joins along an axis.
func concat(c *inferCall) ([]Info, error) {
	first := c.input(0)
	out := Info{Type: Type{Elem: first.Elem}}
	for _, in := range c.in {
		if in.Shape == nil {
			return []Info{out}, nil
		}
	}
	a, err := axis(c.node.Int("axis", 0), len(first.Shape))
	if err != nil {
		return nil, err
	}
	out.Shape = slices.Clone(first.Shape)
	for _, in := range c.in[1:] {
		if len(in.Shape) != len(out.Shape) {
			return nil, fmt.Errorf("ranks of %s and %s differ", first.Shape, in.Shape)
		}
		for i, d := range in.Shape {
			if i == a {
				out.Shape[i] = addDims(out.Shape[i], d)
			} else if out.Shape[i], err = unifyDims(out.Shape[i], d); err != nil {
				return nil, err
			}
		}
	}
	return []Info{out}, nil
}

// constantOfShape fills the shape that its input spells out.
func constantOfShape(c *inferCall) ([]Info, error) {
	elem := Float32
	if a := c.node.Attr("value"); a != nil && a.Tensor != nil {
		elem = a.Tensor.Type
	}
	return one(elem, valueShape(c.input(0)))
}

// valueShape is the shape that an integer vector spells out.
func valueShape(v Info) Shape {
	if v.Value == nil || len(v.Shape) != 1 {
		return unknownRank(v.Shape)
	}
	out := make(Shape, len(v.Value))
	for i, e := range v.Value {
		out[i] = e.Dim()
	}
	return out
}

// expand broadcasts to the shape that its second input spells out.
func expand(c *inferCall) ([]Info, error) {
	shape, err := Broadcast(c.input(0).Shape, valueShape(c.input(1)))
	if err != nil {
		return nil, err
	}
	return one(c.input(0).Elem, shape)
}

// gather replaces an axis by the shape of the indices.
func gather(c *inferCall) ([]Info, error) {
	x, indices := c.input(0), c.input(1)
	if x.Shape == nil || indices.Shape == nil {
		return one(x.Elem, nil)
	}
	a, err := axis(c.node.Int("axis", 0), len(x.Shape))
	if err != nil {
		return nil, err
	}
	shape := slices.Concat(x.Shape[:a], indices.Shape, x.Shape[a+1:])
	if shape == nil {
		shape = Shape{}
	}
	return one(x.Elem, shape)
}

// gatherElements has the shape of its indices.
func gatherElements(c *inferCall) ([]Info, error) {
	return one(c.input(0).Elem, c.input(1).Shape)
}

// oneHot inserts an axis of the depth's size.
func oneHot(c *inferCall) ([]Info, error) {
	indices, depth := c.input(0), c.input(1)
	elem := c.input(2).Elem
	if indices.Shape == nil {
		return one(elem, nil)
	}
	size, _ := sizeOf(depth.Elem, depth.scalar())
	a, err := axis(c.node.Int("axis", -1), len(indices.Shape)+1)
	if err != nil {
		return nil, err
	}
	return one(elem, slices.Insert(slices.Clone(indices.Shape), a, size))
}

// rangeOp infers start, start + delta, … below limit.
func rangeOp(c *inferCall) ([]Info, error) {
	t := c.elem()
	start, limit, delta := c.input(0).scalar(), c.input(1).scalar(), c.input(2).scalar()
	n := UnknownDim
	switch {
	case start.Known && limit.Known && delta.Known && delta.number(t) != 0:
		steps := math.Ceil((limit.number(t) - start.number(t)) / delta.number(t))
		if !t.IsFloat() && steps <= maxWindow { // of fractions, rounding decides
			n = Known(int64(max(0, steps)))
		}
	case start.Known && delta.Known && start.number(t) == 0 && delta.number(t) == 1:
		n, _ = sizeOf(t, limit)
	}
	return one(t, Shape{n})
}

// nonZero infers the indices of what is not zero: a row for each axis.
func nonZero(c *inferCall) ([]Info, error) {
	rank := UnknownDim
	if x := c.input(0).Shape; x != nil {
		rank = Known(int64(len(x)))
	}
	return one(Int64, Shape{rank, UnknownDim})
}

// slice infers the sizes of slices whose bounds are known.
func slice(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	cuts, known, err := c.cuts()
	if err != nil {
		return nil, err
	}
	if !known {
		return one(x.Elem, c.slicedAxes())
	}
	out := slices.Clone(x.Shape)
	for _, cut := range cuts {
		_, out[cut.axis] = sliceRange(out[cut.axis], cut.start, cut.end, cut.step)
	}
	return one(x.Elem, out)
}

// cut is a slice of one axis.
type cut struct {
	axis             int
	start, end, step int64
}

// cuts returns the slices of a Slice node, false when they are not known.
func (c *inferCall) cuts() ([]cut, bool, error) {
	starts, ok1 := c.ints(1, "starts")
	ends, ok2 := c.ints(2, "ends")
	axes, ok3 := c.ints(3, "axes")
	steps, ok4 := c.ints(4, "steps")
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, false, nil
	}
	n := len(starts)
	if len(ends) != n || axes != nil && len(axes) != n || steps != nil && len(steps) != n {
		return nil, false, fmt.Errorf("%d starts, %d ends, %d axes and %d steps", n, len(ends), len(axes), len(steps))
	}
	out := make([]cut, n)
	for i := range out {
		out[i] = cut{start: starts[i], end: ends[i], step: 1}
		if steps != nil {
			out[i].step = steps[i]
		}
		given := int64(i)
		if axes != nil {
			given = axes[i]
		}
		var err error
		if out[i].axis, err = axis(given, len(c.input(0).Shape)); err != nil {
			return nil, false, err
		}
	}
	return out, true, nil
}

// slicedAxes is the shape when the bounds are not known: only axes that are
// not sliced keep their sizes.
func (c *inferCall) slicedAxes() Shape {
	out := slices.Clone(c.input(0).Shape)
	axes, known := c.ints(3, "axes")
	if axes == nil || !known {
		return slices.Repeat(Shape{UnknownDim}, len(out))
	}
	for _, given := range axes {
		if a, err := axis(given, len(out)); err == nil {
			out[a] = UnknownDim
		}
	}
	return out
}

// sliceRange returns the first index and the length of a slice of dimension d.
func sliceRange(d Dim, start, end, step int64) (int64, Dim) {
	if !d.IsKnown() {
		if start == 0 && step == 1 && end >= 1<<31-1 {
			return 0, d
		}
		return 0, UnknownDim
	}
	clamp := func(v, lo, hi int64) int64 {
		if v < 0 {
			v += d.Size
		}
		return min(max(v, lo), hi)
	}
	switch {
	case step > 0:
		start, end = clamp(start, 0, d.Size), clamp(end, 0, d.Size)
		if start < end {
			return start, Known((end-start-1)/step + 1)
		}
	case step < 0:
		start, end = clamp(start, 0, d.Size-1), clamp(end, -1, d.Size-1)
		if start > end {
			return start, Known((end-start+1)/step + 1)
		}
	default:
		return 0, UnknownDim
	}
	return 0, Known(0)
}
