package graphs

import (
	"fmt"
	"slices"
)

// gridSample infers GridSample: N×C by a grid of N×out×coordinates.
func gridSample(c *inferCall) ([]Info, error) {
	x, grid := c.input(0), c.input(1).Shape
	if x.Shape == nil || grid == nil {
		return one(x.Elem, nil)
	}
	if len(x.Shape) < 3 || len(grid) != len(x.Shape) {
		return nil, fmt.Errorf("input %s and grid %s must have the same rank", x.Shape, grid)
	}
	return one(x.Elem, slices.Concat(x.Shape[:2], grid[1:len(grid)-1]))
}

// affineGrid infers AffineGrid: coordinates for a size [N, C, spatial…].
func affineGrid(c *inferCall) ([]Info, error) {
	size := valueShape(c.input(1))
	if len(size) < 3 {
		return one(c.input(0).Elem, nil)
	}
	out := slices.Concat(size[:1], size[2:], StaticShape(int64(len(size)-2)))
	return one(c.input(0).Elem, out)
}

// roiAlign infers RoiAlign: a map of fixed size for every region.
func roiAlign(c *inferCall) ([]Info, error) {
	out := Shape{UnknownDim, UnknownDim, intElement(c.node.Int("output_height", 1)).Dim(), intElement(c.node.Int("output_width", 1)).Dim()}
	if rois := c.input(1).Shape; len(rois) > 0 {
		out[0] = rois[0]
	}
	if x := c.input(0).Shape; len(x) > 1 {
		out[1] = x[1]
	}
	return one(c.input(0).Elem, out)
}

// col2Im infers Col2Im: blocks put back into an image.
func col2Im(c *inferCall) ([]Info, error) {
	x, image, block := c.input(0), valueShape(c.input(1)), valueShape(c.input(2))
	if len(x.Shape) != 3 || image == nil || block == nil {
		return one(x.Elem, nil)
	}
	channels := divDims(x.Shape[1], product(block))
	return one(x.Elem, slices.Concat(Shape{x.Shape[0], channels}, image))
}

// centerCropPad infers CenterCropPad: new sizes for some axes.
func centerCropPad(c *inferCall) ([]Info, error) {
	x, size := c.input(0), valueShape(c.input(1))
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	out := slices.Clone(x.Shape)
	axes := c.node.Ints("axes")
	if axes == nil {
		for i := range out {
			axes = append(axes, int64(i))
		}
	}
	for i, given := range axes {
		a, err := axis(given, len(out))
		if err != nil {
			return nil, err
		}
		if out[a] = UnknownDim; i < len(size) {
			out[a] = size[i]
		}
	}
	return one(x.Elem, out)
}

// determinant infers Det of matrices …×M×M.
func determinant(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	if len(x.Shape) < 2 {
		return nil, fmt.Errorf("input %s holds no matrices", x.Shape)
	}
	return one(x.Elem, x.Shape[:len(x.Shape)-2])
}
