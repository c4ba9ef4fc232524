package graphs

import (
	"fmt"
	"math"
	"slices"
)

// blocks infers DepthToSpace and SpaceToDepth, which trade channels for
// spatial blocks.
func blocks(toSpace bool) inferFunc {
	return func(c *inferCall) ([]Info, error) {
		x, b := c.input(0), c.node.Int("blocksize", 0)
		if b < 1 || b > maxWindow {
			return nil, fmt.Errorf("blocksize %d must be positive", b)
		}
		if x.Shape == nil {
			return one(x.Elem, slices.Repeat(Shape{UnknownDim}, 4))
		}
		if len(x.Shape) != 4 {
			return nil, fmt.Errorf("input %s must have rank 4", x.Shape)
		}
		channels, height, width := x.Shape[1], x.Shape[2], x.Shape[3]
		side := Known(b)
		area := mulDims(side, side)
		grow, shrink := []*Dim{&height, &width}, []*Dim{&channels}
		by, over := side, area
		if !toSpace {
			grow, shrink, by, over = shrink, grow, area, side
		}
		for _, d := range grow {
			*d = mulDims(*d, by)
		}
		for _, d := range shrink {
			if d.IsKnown() && over.IsKnown() && d.Size%over.Size != 0 {
				return nil, fmt.Errorf("size %s of input %s is no multiple of %s", d, x.Shape, over)
			}
			*d = divDims(*d, over)
		}
		return one(x.Elem, Shape{x.Shape[0], channels, height, width})
	}
}

// pad infers Pad: a begin and an end for all axes, or for those in the fourth
// input.
func pad(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	out := slices.Repeat(Shape{UnknownDim}, len(x.Shape))
	axes, known := c.ints(3, "axes")
	if !known {
		return one(x.Elem, out)
	}
	if axes == nil {
		for i := range x.Shape {
			axes = append(axes, int64(i))
		}
	}
	out = slices.Clone(x.Shape)
	pads, known := c.ints(1, "pads")
	if known && len(pads) != 2*len(axes) {
		return nil, fmt.Errorf("pads %v must hold %d numbers", pads, 2*len(axes))
	}
	for i, given := range axes {
		a, err := axis(given, len(out))
		if err != nil {
			return nil, err
		}
		switch d := x.Shape[a]; {
		case !known:
			out[a] = UnknownDim
		case pads[i]+pads[i+len(axes)] == 0:
		case !d.IsKnown():
			out[a] = UnknownDim
		case d.Size+pads[i]+pads[i+len(axes)] < 0:
			return nil, fmt.Errorf("pads %v leave nothing of axis %d of %s", pads, a, x.Shape)
		default:
			out[a] = Known(d.Size + pads[i] + pads[i+len(axes)])
		}
	}
	return one(x.Elem, out)
}

// tile infers Tile: every axis repeated.
func tile(c *inferCall) ([]Info, error) {
	x, repeats := c.input(0), c.input(1)
	if x.Shape == nil {
		return one(x.Elem, unknownRank(repeats.Shape))
	}
	out := slices.Repeat(Shape{UnknownDim}, len(x.Shape))
	by := valueShape(repeats)
	if by == nil {
		return one(x.Elem, out)
	}
	if len(by) != len(out) {
		return nil, fmt.Errorf("%d repeats for shape %s", len(by), x.Shape)
	}
	for i := range out {
		out[i] = mulDims(x.Shape[i], by[i])
	}
	return one(x.Elem, out)
}

// resize infers Resize and Upsample from scales or sizes, wherever the opset
// has them.
func resize(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	axes := c.node.Ints("axes")
	if axes == nil {
		for i := range x.Shape {
			axes = append(axes, int64(i))
		}
	}
	out := slices.Clone(x.Shape)
	scales, sizes := c.resizeInputs()
	newSizes, err := resizedDims(c, x.Shape, axes, scales, sizes)
	if err != nil {
		return nil, err
	}
	for i, given := range axes {
		a, err := axis(given, len(out))
		if err != nil {
			return nil, err
		}
		out[a] = newSizes[i]
	}
	return one(x.Elem, out)
}

// resizeInputs returns the scales, where they are known, and the sizes.
func (c *inferCall) resizeInputs() (scales []float64, sizes Shape) {
	place := 2
	if c.node.Op == "Upsample" || c.opset < 11 {
		place = 1
	}
	if a := c.node.Attr("scales"); a != nil {
		for _, f := range a.Floats {
			scales = append(scales, float64(f))
		}
	}
	if given := c.input(place).floats(); given != nil {
		scales = given
	}
	if place == 2 && c.has(3) {
		sizes = valueShape(c.input(3))
	}
	return scales, sizes
}

// resizedDims returns the new size of each of the axes.
func resizedDims(c *inferCall, x Shape, axes []int64, scales []float64, sizes Shape) ([]Dim, error) {
	out := slices.Repeat([]Dim{UnknownDim}, len(axes))
	switch {
	case len(scales) > 0:
		if len(scales) != len(axes) {
			return nil, fmt.Errorf("scales %v for %d axes", scales, len(axes))
		}
		for i, s := range scales {
			a, err := axis(axes[i], len(x))
			if err != nil {
				return nil, err
			}
			if !(s > 0) || s > maxWindow {
				return nil, fmt.Errorf("scale %v of axis %d is out of range", s, a)
			}
			if c.node.Str("coordinate_transformation_mode", "") != "tf_crop_and_resize" {
				out[i] = scaled(x[a], s)
			}
		}
	case len(sizes) > 0:
		if len(sizes) != len(axes) {
			return nil, fmt.Errorf("sizes %s for %d axes", sizes, len(axes))
		}
		if c.node.Str("keep_aspect_ratio_policy", "stretch") == "stretch" {
			copy(out, sizes)
			break
		}
		return keepAspect(c.node, x, axes, sizes)
	}
	return out, nil
}

// scaled is a size times a scale, rounded as runtimes do.
func scaled(d Dim, scale float64) Dim {
	if d.IsKnown() {
		if size := float32(d.Size) * float32(scale); size <= maxWindow {
			return Known(int64(size))
		}
		return UnknownDim
	}
	if scale == math.Trunc(scale) {
		return mulDims(d, Known(int64(scale)))
	}
	return UnknownDim
}

// keepAspect is the sizes when one common scale is used for all axes.
func keepAspect(n *Node, x Shape, axes []int64, sizes Shape) ([]Dim, error) {
	out := slices.Repeat([]Dim{UnknownDim}, len(axes))
	common := math.Inf(1)
	if n.Str("keep_aspect_ratio_policy", "") == "not_smaller" {
		common = 0
	}
	places := make([]int, len(axes))
	for i := range axes {
		a, err := axis(axes[i], len(x))
		if err != nil {
			return nil, err
		}
		if !x[a].IsKnown() || x[a].Size == 0 || !sizes[i].IsKnown() {
			return out, nil
		}
		places[i] = a
		ratio := float64(sizes[i].Size) / float64(x[a].Size)
		if n.Str("keep_aspect_ratio_policy", "") == "not_smaller" {
			common = max(common, ratio)
		} else {
			common = min(common, ratio)
		}
	}
	for i, a := range places {
		out[i] = Known(int64(math.Floor(common*float64(x[a].Size) + 0.5)))
	}
	return out, nil
}
