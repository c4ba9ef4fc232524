package eval

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

func identity(c *call) ([]*Value, error) { return one(c.in[0]) }

// reshape gives x another shape: 0 copies a size unless allowzero is set, −1
// takes what is left.
func reshape(c *call) ([]*Value, error) {
	x := c.in[0]
	shape, inferred := make([]int, c.in[1].size()), -1
	for i, d := range c.in[1].I {
		switch {
		case d == -1 && inferred >= 0:
			return nil, fmt.Errorf("shape %v has two −1", c.in[1].I)
		case d == -1:
			inferred, shape[i] = i, 1
		case d == 0 && !c.flag("allowzero", 0):
			if i >= len(x.Shape) {
				return nil, fmt.Errorf("shape %v copies a size that %v does not have", c.in[1].I, x.Shape)
			}
			shape[i] = x.Shape[i]
		default:
			shape[i] = int(d)
		}
	}
	n, err := checkShape(shape)
	if err != nil {
		return nil, err
	}
	if inferred >= 0 && n == 0 {
		return nil, fmt.Errorf("shape %v leaves −1 open beside a size of 0", c.in[1].I)
	}
	if inferred >= 0 {
		shape[inferred] = x.size() / n
		n *= shape[inferred]
	}
	if n != x.size() {
		return nil, fmt.Errorf("%d elements do not fill shape %v", x.size(), c.in[1].I)
	}
	return one(x.reshaped(shape))
}

// flatten makes a matrix of the axes before and from the given one.
func flatten(c *call) ([]*Value, error) {
	x := c.in[0]
	axis, rank := c.node.Int("axis", 1), int64(len(x.Shape))
	if axis < -rank || axis > rank {
		return nil, fmt.Errorf("axis %d is outside a tensor of rank %d", axis, rank)
	}
	if axis < 0 {
		axis += rank
	}
	return one(x.reshaped([]int{count(x.Shape[:axis]), count(x.Shape[axis:])}))
}

// transpose permutes the axes; without perm it reverses them.
func transpose(c *call) ([]*Value, error) {
	x := c.in[0]
	perm := sequence(0, len(x.Shape))
	slices.Reverse(perm)
	if a := c.node.Attr("perm"); a != nil {
		var err error
		if perm, err = axesOf(a.Ints, len(x.Shape)); err != nil {
			return nil, err
		}
		if len(perm) != len(x.Shape) {
			return nil, fmt.Errorf("perm %v is no permutation of %d axes", perm, len(x.Shape))
		}
	}
	return one(x.transposed(perm))
}

// squeeze removes the given axes of size 1, or all of them.
func squeeze(c *call) ([]*Value, error) {
	x := c.in[0]
	axes, err := axesOf(c.ints(1, "axes"), len(x.Shape))
	if err != nil {
		return nil, err
	}
	given := c.has(1) || c.node.Attr("axes") != nil
	shape := []int{}
	for i, d := range x.Shape {
		remove := slices.Contains(axes, i)
		if remove && d != 1 {
			return nil, fmt.Errorf("axis %d has size %d, not 1", i, d)
		}
		if !remove && (given || d != 1) {
			shape = append(shape, d)
		}
	}
	return one(x.reshaped(shape))
}

// unsqueeze inserts axes of size 1 at places of the result.
func unsqueeze(c *call) ([]*Value, error) {
	x := c.in[0]
	given := c.ints(1, "axes")
	rank := len(x.Shape) + len(given)
	axes, err := axesOf(given, rank)
	if err != nil {
		return nil, err
	}
	shape, next := make([]int, rank), 0
	for i := range shape {
		if slices.Contains(axes, i) {
			shape[i] = 1
		} else {
			shape[i] = x.Shape[next]
			next++
		}
	}
	return one(x.reshaped(shape))
}

// expand broadcasts x and the shape in the second input together.
func expand(c *call) ([]*Value, error) {
	shape, err := broadcast(c.in[0].Shape, toInts(c.in[1].I))
	if err != nil {
		return nil, err
	}
	out, err := c.in[0].expandTo(shape)
	if err != nil {
		return nil, err
	}
	return one(out)
}

func toInts(x []int64) []int {
	out := make([]int, len(x))
	for i, v := range x {
		out[i] = int(v)
	}
	return out
}

// shapeOf returns the sizes of the axes from start to end.
func shapeOf(c *call) ([]*Value, error) {
	rank := int64(len(c.in[0].Shape))
	clamp := func(a int64) int64 {
		if a < 0 {
			a += rank
		}
		return min(max(a, 0), rank)
	}
	start, end := clamp(c.node.Int("start", 0)), clamp(c.node.Int("end", rank))
	out := &Value{Type: graphs.Int64, Shape: []int{int(max(end-start, 0))}, I: []int64{}}
	for i := start; i < end; i++ {
		out.I = append(out.I, int64(c.in[0].Shape[i]))
	}
	return one(out)
}

func sizeOf(c *call) ([]*Value, error) {
	return one(&Value{Type: graphs.Int64, I: []int64{int64(c.in[0].size())}})
}

// depthToSpace moves blocks of channels into the two spatial axes. Mode DCR
// counts the place in the block before the channel, CRD after it.
func depthToSpace(c *call) ([]*Value, error) {
	x, b, crd, err := blocks(c)
	if err != nil {
		return nil, err
	}
	n, ch, h, w := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	if ch%(b*b) != 0 {
		return nil, fmt.Errorf("%d channels are no multiple of blocksize %d squared", ch, b)
	}
	split, perm := []int{n, b, b, ch / (b * b), h, w}, []int{0, 3, 4, 1, 5, 2}
	if crd {
		split, perm = []int{n, ch / (b * b), b, b, h, w}, []int{0, 1, 4, 2, 5, 3}
	}
	return one(x.reshaped(split).transposed(perm).reshaped([]int{n, ch / (b * b), h * b, w * b}))
}

// spaceToDepth is the inverse of depthToSpace.
func spaceToDepth(c *call) ([]*Value, error) {
	x, b, crd, err := blocks(c)
	if err != nil {
		return nil, err
	}
	n, ch, h, w := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	if h%b != 0 || w%b != 0 {
		return nil, fmt.Errorf("spatial sizes are no multiples of blocksize %d", b)
	}
	perm := []int{0, 3, 5, 1, 2, 4}
	if crd {
		perm = []int{0, 1, 3, 5, 2, 4}
	}
	return one(x.reshaped([]int{n, ch, h / b, b, w / b, b}).
		transposed(perm).reshaped([]int{n, ch * b * b, h / b, w / b}))
}

// blocks returns input, block size and whether the mode is CRD.
func blocks(c *call) (x *Value, size int, crd bool, err error) {
	b := c.node.Int("blocksize", 0)
	if len(c.in[0].Shape) != 4 || b < 1 || b > 1<<15 {
		return nil, 0, false, fmt.Errorf("it needs an input of rank 4 and a positive blocksize, not %d", b)
	}
	switch mode := c.node.Str("mode", "DCR"); mode {
	case "DCR", "CRD":
		return c.in[0], int(b), mode == "CRD", nil
	default:
		return nil, 0, false, fmt.Errorf("mode %q is neither DCR nor CRD", mode)
	}
}
