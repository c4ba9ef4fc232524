package graphs

import (
	"fmt"
	"slices"
)

// convolution holds what Conv and ConvTranspose have in common.
type convolution struct {
	x, weight Shape
	group     int64
	window    *window
}

// convolution reads the operands; x is nil when the rank is not known.
func (c *inferCall) convolution() (*convolution, error) {
	v := &convolution{x: c.input(0).Shape, weight: c.input(1).Shape, group: c.node.Int("group", 1)}
	if v.group < 1 {
		return nil, fmt.Errorf("group %d must be positive", v.group)
	}
	if v.x == nil {
		if v.weight == nil {
			return v, nil
		}
		v.x = slices.Repeat(Shape{UnknownDim}, len(v.weight))
	}
	if len(v.x) < 3 {
		return nil, fmt.Errorf("input %s needs batch, channel and spatial axes", v.x)
	}
	if v.weight != nil && len(v.weight) != len(v.x) {
		return nil, fmt.Errorf("input %s and weight %s must have the same rank", v.x, v.weight)
	}
	kernel, err := kernelOf(c.node, v.weight, len(v.x)-2)
	if err != nil {
		return nil, err
	}
	v.window, err = newWindow(c.node, kernel)
	return v, err
}

// biasFits reports a bias that does not have one element per channel.
func (c *inferCall) biasFits(channels Dim) error {
	bias := c.input(2).Shape
	if bias == nil || c.node.Op == "ConvInteger" { // whose third input is a zero point
		return nil
	}
	if len(bias) != 1 {
		return fmt.Errorf("bias %s must have rank 1", bias)
	}
	if b := bias[0]; b.IsKnown() && channels.IsKnown() && b != channels {
		return fmt.Errorf("bias %s for %s channels", bias, channels)
	}
	return nil
}

// conv infers N×C×spatial by M×(C/group)×kernel → N×M×out.
func conv(c *inferCall) ([]Info, error) {
	v, err := c.convolution()
	if err != nil || v.x == nil {
		return []Info{{Type: Type{Elem: c.elem()}}}, err
	}
	channels := UnknownDim
	if v.weight != nil {
		channels = v.weight[0]
		if in := v.weight[1]; in.IsKnown() && v.x[1].IsKnown() && in.Size*v.group != v.x[1].Size {
			return nil, fmt.Errorf("input %s has %s channels, weight %s with group %d wants %d", v.x, v.x[1], v.weight, v.group, in.Size*v.group)
		}
		if channels.IsKnown() && channels.Size%v.group != 0 {
			return nil, fmt.Errorf("the %s output channels of weight %s do not split into %d groups", channels, v.weight, v.group)
		}
	}
	if err := c.biasFits(channels); err != nil {
		return nil, err
	}
	out, err := v.window.slideAll(v.x[2:])
	if err != nil {
		return nil, err
	}
	return one(c.elem(), slices.Concat(Shape{v.x[0], channels}, out))
}

// convTranspose infers N×C×spatial by C×(M/group)×kernel → N×M×out.
func convTranspose(c *inferCall) ([]Info, error) {
	v, err := c.convolution()
	if err != nil || v.x == nil {
		return []Info{{Type: Type{Elem: c.elem()}}}, err
	}
	channels := UnknownDim
	if v.weight != nil {
		channels = mulDims(v.weight[1], Known(v.group))
		in := v.weight[0]
		if in.IsKnown() && v.x[1].IsKnown() && in != v.x[1] {
			return nil, fmt.Errorf("input %s has %s channels, weight %s wants %s", v.x, v.x[1], v.weight, in)
		}
		if in.IsKnown() && in.Size%v.group != 0 {
			return nil, fmt.Errorf("the %s input channels of weight %s do not split into %d groups", in, v.weight, v.group)
		}
	}
	if err := c.biasFits(channels); err != nil {
		return nil, err
	}
	out, err := v.window.spread(c.node, v.x[2:])
	if err != nil {
		return nil, err
	}
	return one(c.elem(), slices.Concat(Shape{v.x[0], channels}, out))
}

// spread is the spatial shape of a transposed convolution.
func (w *window) spread(n *Node, in Shape) (Shape, error) {
	rank := len(in)
	extra, err := spatial(n, "output_padding", rank, 0, 0)
	if err != nil {
		return nil, err
	}
	out := make(Shape, rank)
	if given := n.Ints("output_shape"); len(given) > 0 {
		if len(given) == rank+2 {
			given = given[2:] // some exporters give batch and channels too
		}
		if len(given) != rank {
			return nil, fmt.Errorf("output_shape %v does not fit %d spatial axes", given, rank)
		}
		for i, v := range given {
			out[i] = intElement(v).Dim()
		}
		return out, nil
	}
	for i, d := range in {
		extent := w.extent(i)
		switch pad := w.before[i] + w.after[i]; {
		case w.same():
			out[i] = mulDims(d, Known(w.strides[i]))
		case !extent.IsKnown():
			out[i] = UnknownDim
		case d.IsKnown() && d.Size <= maxWindow:
			size := w.strides[i]*(d.Size-1) + extra[i] + extent.Size - pad
			if size < 0 {
				return nil, fmt.Errorf("padding %d leaves nothing of spatial axis %d", pad, i)
			}
			out[i] = Known(size)
		case extra[i]+extent.Size-pad == w.strides[i]:
			out[i] = mulDims(d, Known(w.strides[i]))
		default:
			out[i] = UnknownDim
		}
	}
	return out, nil
}
