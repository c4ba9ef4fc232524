package autodiff

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// y₁, y₂, … = x cut along an axis: v₁, v₂, … side by side.
func split(c *call) []string {
	parts := make([]string, len(c.dy))
	for i, v := range c.dy {
		if parts[i] = v; v == "" {
			parts[i] = c.zeros(c.out(i))
		}
	}
	return []string{c.Op("Concat", parts, graphs.Int("axis", c.node.Int("axis", 0)))}
}

// y = a part of x: v between zeros.
func slice(c *call) []string {
	pads, axes := c.slicePads()
	if axes == nil {
		return c.putBack()
	}
	return []string{c.pad(c.dy[0], pads, axes...)}
}

// slicePads returns what a Slice cuts off before and after each axis it names,
// nil where steps, bounds or sizes do not tell.
func (c *call) slicePads() (pads, axes []int64) {
	x, y := c.Shape(c.in(0)), c.Shape(c.node.Outputs[0])
	starts, axes, steps := c.constants(1), c.constants(3), c.constants(4)
	if c.in(3) == "" {
		axes = countUp(0, int64(len(starts)))
	}
	if starts == nil || len(axes) != len(starts) || c.in(4) != "" && len(steps) != len(starts) || len(x) != len(y) {
		return nil, nil
	}
	pads = make([]int64, 2*len(axes))
	for i, a := range axes {
		if a < 0 {
			a += int64(len(x))
		}
		if steps != nil && steps[i] != 1 || a < 0 || a >= int64(len(x)) || !x[a].IsKnown() || !y[a].IsKnown() {
			return nil, nil
		}
		if starts[i] < 0 {
			starts[i] += x[a].Size
		}
		pads[i] = min(max(starts[i], 0), x[a].Size)
		pads[len(axes)+i] = x[a].Size - y[a].Size - pads[i]
	}
	return pads, axes
}

// constants returns a copy of the elements of an integer input, nil where they are not
// known.
func (c *call) constants(i int) []int64 {
	if k := c.Info(c.in(i)).Const; k != nil && c.in(i) != "" {
		return k.Ints()
	}
	return nil
}

// y = copies of x: v of all copies added up. With r copies along each axis of
// size d, v has the shape r₁, d₁, r₂, d₂, … and is summed over every r.
func tile(c *call) []string {
	x := c.in(0)
	rank := int64(c.Rank(x))
	if rank == 0 {
		return []string{c.dy[0]}
	}
	pairs := c.Op("Concat", []string{c.Unsqueeze(c.in(1), 1), c.Unsqueeze(c.ShapeOf(x), 1)}, graphs.Int("axis", 1))
	apart := c.Reshape(c.dy[0], c.ReshapeTo(pairs, -1))
	var copies []int64
	for i := range rank {
		copies = append(copies, 2*i)
	}
	return []string{c.ReduceSum(apart, false, copies...)}
}

// y = x with a border. Of a constant k: v cropped; the sum of v over the
// border. Of copies of elements of x: v added at the originals.
func pad(c *call) []string {
	if c.node.Str("mode", "constant") != "constant" {
		return c.putBack()
	}
	dx := c.cropped()
	if c.in(2) == "" {
		return []string{dx}
	}
	border := c.Sub(c.ReduceSum(c.dy[0], false), c.ReduceSum(dx, false))
	return []string{dx, "", c.ReshapeLike(border, c.in(2))}
}

// cropped takes off v what a Pad has added.
func (c *call) cropped() string {
	axes, pads := c.constants(3), c.constants(1)
	if axes != nil && len(pads) == 2*len(axes) {
		for i := range pads {
			pads[i] = -pads[i]
		}
		return c.pad(c.dy[0], pads, axes...)
	}
	inputs := []string{c.dy[0], c.Neg(c.in(1))}
	if c.in(3) != "" {
		inputs = append(inputs, "", c.in(3))
	}
	return c.Op("Pad", inputs)
}

// y = blocks of channels spread over the plane (channels of one block b² apart
// in mode DCR, adjacent in mode CRD): the inverse arrangement of v.
func depthToSpace(c *call) []string {
	x := c.in(0)
	b := c.node.Int("blocksize", 1)
	v := c.Op("SpaceToDepth", []string{c.dy[0]}, graphs.Int("blocksize", b))
	if c.node.Str("mode", "DCR") == "DCR" {
		return []string{v}
	}
	// v is N×(b²·C)×H×W, and must be N×(C·b²)×H×W.
	shape := c.Op("Shape", []string{x}, graphs.Int("start", 2))
	apart := c.Op("Concat", []string{c.Ints(0, b*b, -1), shape}, graphs.Int("axis", 0))
	return []string{c.ReshapeLike(c.Transpose(c.Reshape(v, apart), 0, 2, 1, 3, 4), x)}
}

// y = blocks of the plane made channels: the inverse arrangement of v.
func spaceToDepth(c *call) []string {
	return []string{c.Op("DepthToSpace", []string{c.dy[0]},
		graphs.Int("blocksize", c.node.Int("blocksize", 1)), graphs.Str("mode", c.node.Str("mode", "DCR")))}
}

// y = sums of the elements up to each (reverse: from each on): sums of v from
// each on (up to each).
func cumSum(c *call) []string {
	return []string{c.Op("CumSum", []string{c.dy[0], c.in(1)},
		graphs.Int("exclusive", c.node.Int("exclusive", 0)), graphs.Int("reverse", 1-c.node.Int("reverse", 0)))}
}

// y = the upper or lower triangle of x: that of v.
func trilu(c *call) []string {
	inputs := slices.Clone(c.node.Inputs)
	inputs[0] = c.dy[0]
	return []string{c.Op("Trilu", inputs, c.node.Attributes...)}
}
