package autodiff

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

var addUp = graphs.Str("reduction", "add")

// y = slices of x along an axis that the indices name: v added to zeros at the
// same indices.
func gather(c *call) []string {
	x, v, axis := c.in(0), c.dy[0], c.node.Int("axis", 0)
	if dx := c.padded(x, axis); dx != "" {
		return []string{dx, ""}
	}
	at := c.Unsqueeze(c.Cast(c.in(1), graphs.Int64), -1)
	if axis == 0 {
		return []string{c.Op("ScatterND", []string{c.zeros(x), at, v}, addUp), ""}
	}
	rank, indexed := int64(c.Rank(x)), int64(c.Rank(c.in(1)))
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis >= rank {
		c.Failf("its axis is out of range")
		return nil
	}
	// ScatterND indexes the first axis, so axis a of x and its places in v go
	// in front.
	front := slices.Concat(countUp(axis, axis+indexed), countUp(0, axis), countUp(axis+indexed, rank+indexed-1))
	there := slices.Concat([]int64{axis}, countUp(0, axis), countUp(axis+1, rank))
	back := slices.Concat(countUp(1, axis+1), []int64{0}, countUp(axis+1, rank))
	zeros := c.Transpose(c.zeros(x), there...)
	dx := c.Op("ScatterND", []string{zeros, at, c.Transpose(v, front...)}, addUp)
	return []string{c.Transpose(dx, back...), ""}
}

// padded is the gradient of a Gather of one slice, known beforehand, along an
// axis of known size: v between zeros. It is empty for other Gathers.
func (c *call) padded(x string, axis int64) string {
	index, shape := c.Info(c.in(1)).Const, c.Shape(x)
	if index == nil || index.Len() != 1 || len(index.Dims) > 1 || axis < -int64(len(shape)) || axis >= int64(len(shape)) {
		return ""
	}
	axis = (axis + int64(len(shape))) % int64(len(shape))
	size, at := shape[axis], index.Ints()[0]
	if !size.IsKnown() {
		return ""
	}
	if at < 0 {
		at += size.Size
	}
	v := c.dy[0]
	if len(index.Dims) == 0 {
		v = c.Unsqueeze(v, axis)
	}
	return c.pad(v, []int64{at, size.Size - 1 - at}, axis)
}

// pad puts zeros around v along the axes: first before each, then after each.
// It spells all axes out where it can: ONNX Runtime 1.32 moves a Transpose past
// a Pad as if the Pad always did, and then fails.
func (c *call) pad(v string, pads []int64, axes ...int64) string {
	rank := int64(len(c.Shape(v)))
	if rank == 0 {
		return c.Op("Pad", []string{v, c.Ints(pads...), "", c.Ints(axes...)})
	}
	all := make([]int64, 2*rank)
	for i, axis := range axes {
		axis = (axis + rank) % rank
		all[axis], all[rank+axis] = pads[i], pads[len(axes)+i]
	}
	return c.Op("Pad", []string{v, c.Ints(all...)})
}

// y = elements of x along an axis that the indices name: v added to zeros at
// the same indices.
func gatherElements(c *call) []string {
	return []string{c.Op("ScatterElements", []string{c.zeros(c.in(0)), c.in(1), c.dy[0]},
		graphs.Int("axis", c.node.Int("axis", 0)), addUp)}
}

// y = slices of x that tuples of indices name: v added to zeros at the same
// indices.
func gatherND(c *call) []string {
	if c.node.Int("batch_dims", 0) != 0 {
		return c.putBack()
	}
	return []string{c.Op("ScatterND", []string{c.zeros(c.in(0)), c.in(1), c.dy[0]}, addUp)}
}

// y = x with elements replaced by, or increased by, updates: v, 0 where x was
// replaced; v at the indices. Of several updates of one element, none of which
// is sure to last, each gets v.
func scatterElements(c *call) []string {
	axis := graphs.Int("axis", c.node.Int("axis", 0))
	updates := c.Op("GatherElements", []string{c.dy[0], c.in(1)}, axis)
	return c.scattered("ScatterElements", updates, axis)
}

// scatterND is scatterElements for slices that tuples of indices name.
func scatterND(c *call) []string {
	return c.scattered("ScatterND", c.Op("GatherND", []string{c.dy[0], c.in(1)}))
}

func (c *call) scattered(op, updates string, attrs ...graphs.Attribute) []string {
	switch r := c.node.Str("reduction", "none"); r {
	case "none":
		kept := c.Op(op, []string{c.dy[0], c.in(1), c.zeros(updates)}, attrs...)
		return []string{kept, "", updates}
	case "add":
		return []string{c.dy[0], "", updates}
	default:
		c.Failf("reduction %q has no derivative in memdil, only none and add have", r)
		return nil
	}
}

// y = the k largest or smallest along an axis: v at their places.
func topK(c *call) []string {
	axis := graphs.Int("axis", c.node.Int("axis", -1))
	return []string{c.Op("ScatterElements", []string{c.zeros(c.in(0)), c.out(1), c.dy[0]}, axis)}
}

// zeros has the shape and element type of x.
func (c *call) zeros(x string) string { return c.Expand(c.Like(x, 0), c.ShapeOf(x)) }

// putBack is the gradient of any operator that copies elements of its first
// input: applied to the elements' numbers it tells where each came from.
func (c *call) putBack() []string {
	x := c.in(0)
	numbers := c.Reshape(c.Op("Range", []string{c.Scalar(graphs.Int64, 0), c.Op("Size", []string{x}), c.Scalar(graphs.Int64, 1)}), c.ShapeOf(x))
	inputs := slices.Clone(c.node.Inputs)
	inputs[0] = numbers
	return []string{c.addAt(c.Op(c.node.Op, inputs, c.node.Attributes...), x)}
}

// addAt adds the elements of v to zeros like x at the places, flat indices
// of x.
func (c *call) addAt(places, x string) string {
	zeros := c.Expand(c.Like(x, 0), c.Unsqueeze(c.Op("Size", []string{x}), 0))
	flat := c.Op("ScatterElements", []string{zeros, c.ReshapeTo(places, -1), c.ReshapeTo(c.dy[0], -1)}, addUp)
	return c.ReshapeLike(flat, x)
}
