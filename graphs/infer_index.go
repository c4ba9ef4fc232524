package graphs

import (
	"fmt"
	"slices"
)

// concat joins along an axis, and joins what is known of shape vectors.
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
	if len(out.Shape) == 1 {
		out.Value = concatValues(c.in)
	}
	return []Info{out}, nil
}

func concatValues(in []Info) []Dim {
	var out []Dim
	for _, v := range in {
		if v.Value == nil {
			return nil
		}
		out = append(out, v.Value...)
	}
	return out
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
	if v.Value == nil {
		return unknownRank(v.Shape)
	}
	return slices.Clone(Shape(v.Value))
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
	return []Info{{Type: Type{x.Elem, shape}, Value: gatherValues(x, indices)}}, nil
}

func gatherValues(x, indices Info) []Dim {
	if x.Value == nil || indices.Const == nil || len(x.Shape) != 1 {
		return nil
	}
	var out []Dim
	for _, i := range indices.Const.Ints() {
		if i < 0 {
			i += int64(len(x.Value))
		}
		if i < 0 || i >= int64(len(x.Value)) {
			return nil
		}
		out = append(out, x.Value[i])
	}
	return out
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
	d := UnknownDim
	if len(depth.Value) == 1 {
		d = depth.Value[0]
	}
	a, err := axis(c.node.Int("axis", -1), len(indices.Shape)+1)
	if err != nil {
		return nil, err
	}
	return one(elem, slices.Insert(slices.Clone(indices.Shape), a, d))
}

// rangeOp infers start, start + delta, … below limit.
func rangeOp(c *inferCall) ([]Info, error) {
	n := UnknownDim
	start, limit, delta := c.input(0).Const, c.input(1).Value, c.input(2).Const
	if start != nil && delta != nil && start.At(0) == 0 && delta.At(0) == 1 && len(limit) == 1 {
		n = limit[0]
	}
	return one(c.input(0).Elem, Shape{n})
}

// nonZero infers the indices of what is not zero: a row for each axis.
func nonZero(c *inferCall) ([]Info, error) {
	rank := UnknownDim
	if x := c.input(0).Shape; x != nil {
		rank = Known(int64(len(x)))
	}
	return one(Int64, Shape{rank, UnknownDim})
}

// slice infers the sizes of constant slices, and the elements of sliced shape
// vectors.
func slice(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	starts, ok1 := c.ints(1, "starts")
	ends, ok2 := c.ints(2, "ends")
	axes, ok3 := c.ints(3, "axes")
	steps, ok4 := c.ints(4, "steps")
	if !ok1 || !ok2 || !ok3 || !ok4 || len(starts) != len(ends) {
		out := make(Shape, len(x.Shape))
		for i := range out {
			out[i] = UnknownDim
		}
		return one(x.Elem, out)
	}
	if axes != nil && len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return nil, fmt.Errorf("%d starts for %d axes and %d steps", len(starts), len(axes), len(steps))
	}
	out := Info{Type: Type{x.Elem, slices.Clone(x.Shape)}}
	for i := range starts {
		at, step := int64(i), int64(1)
		if axes != nil {
			at = axes[i]
		}
		a, err := axis(at, len(x.Shape))
		if err != nil {
			return nil, err
		}
		if steps != nil {
			step = steps[i]
		}
		from, n := sliceRange(x.Shape[a], starts[i], ends[i], step)
		out.Shape[a] = n
		if x.Value != nil && n.IsKnown() && len(starts) == 1 {
			for k := range n.Size {
				out.Value = append(out.Value, x.Value[from+k*step])
			}
		}
	}
	return []Info{out}, nil
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
