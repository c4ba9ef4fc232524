package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// AugmentationInput is the input of a device graph that augments its images:
// int64 [steps, batch, 3], for each sample of each step the row and the column
// at which the crop begins in the padded image, and 1 to mirror it left to
// right or 0.
const AugmentationInput = "augmentation"

// crop appends to a Loop's body the random crops of B×C×H×W images, each out of
// the image with pad black pixels on every side:
//
//	out[y, x] = padded[row + y, column + x']    x' = W−1−x where mirrored, else x
//
// All are one GatherElements with the flat places of the pixels.
type crop struct {
	pad            int64
	batch, c, h, w int64
	nodes          []*graphs.Node
}

// newCrop returns an error for images of sizes that are not known.
func newCrop(input *graphs.Value, pad int64) (*crop, error) {
	if s := input.Type.Shape; len(s) != 4 || !s.IsStatic() {
		return nil, fmt.Errorf("images of shape %s cannot be augmented: batch×channels×height×width is wanted, all known", s)
	}
	d := input.Type.Shape.Dims()
	return &crop{pad: pad, batch: d[0], c: d[1], h: d[2], w: d[3]}, nil
}

// images returns the nodes that crop the images called from and give them the
// name to.
func (c *crop) images(from, to string) []*graphs.Node {
	numbers := c.op("Gather", "drawn", AugmentationInput, turnNumber) // B×3
	const row, column, mirror = turnPrefix + "crop.row", turnPrefix + "crop.column", turnPrefix + "crop.mirror"
	split := node("Split", row, numbers, c.ints("ones", []int64{3}, 1, 1, 1))
	split.Outputs, split.Attributes = []string{row, column, mirror}, []graphs.Attribute{graphs.Int("axis", 1)}
	c.nodes = append(c.nodes, split)
	rows := c.op("Add", "rows", row, c.ints("y", []int64{1, c.h}, countTo(c.h, 0, 1)...))
	turned := c.op("Mul", "turned", mirror, c.ints("turn", []int64{1, c.w}, countTo(c.w, c.w-1, -2)...))
	columns := c.op("Add", "shifted", c.op("Add", "columns", column, c.ints("x", []int64{1, c.w}, countTo(c.w, 0, 1)...)), turned)
	high, wide := c.h+2*c.pad, c.w+2*c.pad
	lines := c.op("Mul", "lines", rows, c.ints("wide", []int64{1}, wide))
	places := c.op("Add", "places",
		c.op("Unsqueeze", "down", lines, c.ints("last", []int64{1}, 2)),
		c.op("Unsqueeze", "across", columns, c.ints("middle", []int64{1}, 1))) // B×H×W
	flat := c.op("Reshape", "flat", places, c.ints("one", []int64{3}, c.batch, 1, c.h*c.w))
	index := c.op("Expand", "index", flat, c.ints("all", []int64{3}, c.batch, c.c, c.h*c.w))
	padded := c.op("Pad", "padded", from, c.ints("pads", []int64{8}, 0, 0, c.pad, c.pad, 0, 0, c.pad, c.pad))
	line := c.op("Reshape", "line", padded, c.ints("planes", []int64{3}, c.batch, c.c, high*wide))
	taken := c.op("GatherElements", "taken", line, index)
	c.nodes[len(c.nodes)-1].Attributes = []graphs.Attribute{graphs.Int("axis", 2)}
	c.nodes = append(c.nodes, node("Reshape", to, taken, c.ints("shape", []int64{4}, c.batch, c.c, c.h, c.w)))
	return c.nodes
}

func (c *crop) op(op, name string, inputs ...string) string {
	c.nodes = append(c.nodes, node(op, turnPrefix+"crop."+name, inputs...))
	return turnPrefix + "crop." + name
}

func (c *crop) ints(name string, dims []int64, values ...int64) string {
	c.nodes = append(c.nodes, constantNode(turnPrefix+"crop."+name, graphs.NewInts("", dims, values)))
	return turnPrefix + "crop." + name
}

// countTo returns n integers from first on, step apart.
func countTo(n, first, step int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = first + int64(i)*step
	}
	return out
}

// augmentation is the graph input of that name.
func augmentation(batch graphs.Dim) *graphs.Value {
	return &graphs.Value{Name: AugmentationInput, Type: graphs.Type{Elem: graphs.Int64,
		Shape: graphs.Shape{graphs.Symbolic("steps"), batch, graphs.Known(3)}}}
}
