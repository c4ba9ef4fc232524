package graphs

import (
	"fmt"
	"slices"
)

// window is how a convolution or pool slides its kernel over the spatial axes.
type window struct {
	kernel             []Dim
	strides, dilations []int64
	before, after      []int64 // explicit padding
	auto               string
	ceil               bool
}

// newWindow reads the attributes of a window over rank spatial axes.
func newWindow(n *Node, kernel []Dim) (*window, error) {
	rank := len(kernel)
	w := &window{kernel: kernel, auto: n.Str("auto_pad", "NOTSET"), ceil: n.Int("ceil_mode", 0) != 0}
	var err error
	if w.strides, err = spatial(n, "strides", rank, 1, 1); err != nil {
		return nil, err
	}
	if w.dilations, err = spatial(n, "dilations", rank, 1, 1); err != nil {
		return nil, err
	}
	pads, err := spatial(n, "pads", 2*rank, 0, 0)
	if err != nil {
		return nil, err
	}
	w.before, w.after = pads[:rank], pads[rank:]
	switch w.auto {
	case "NOTSET", "":
	case "VALID", "SAME_UPPER", "SAME_LOWER":
		w.before, w.after = make([]int64, rank), make([]int64, rank)
	default:
		return nil, fmt.Errorf("auto_pad %q is not known", w.auto)
	}
	return w, nil
}

// same reports whether the padding is chosen by the size of the output.
func (w *window) same() bool { return w.auto == "SAME_UPPER" || w.auto == "SAME_LOWER" }

// spatial returns an attribute of count numbers from least on, def when it is
// missing.
func spatial(n *Node, name string, count int, def, least int64) ([]int64, error) {
	values := n.Ints(name)
	if len(values) == 0 {
		return slices.Repeat([]int64{def}, count), nil
	}
	if len(values) != count {
		return nil, fmt.Errorf("%s %v must hold %d numbers", name, values, count)
	}
	for _, v := range values {
		if v < least || v > maxWindow {
			return nil, fmt.Errorf("%s %v must hold numbers from %d to %d", name, values, least, maxWindow)
		}
	}
	return values, nil
}

// maxWindow bounds strides, dilations, kernels and padding, so that their
// products do not overflow.
const maxWindow = 1 << 31

// extent is how many places of the input the dilated kernel spans on axis i.
func (w *window) extent(i int) Dim {
	k := w.kernel[i]
	if !k.IsKnown() || k.Size < 1 || k.Size > maxWindow {
		return UnknownDim
	}
	return Known((k.Size-1)*w.dilations[i] + 1)
}

// slide is the number of places the window takes on axis i of size in. A size
// that is not known is kept where the window does not change it.
func (w *window) slide(i int, in Dim) (Dim, error) {
	stride, extent := w.strides[i], w.extent(i)
	if w.same() {
		if !in.IsKnown() {
			return divDims(in, Known(stride)), nil
		}
		return Known((in.Size + stride - 1) / stride), nil
	}
	pad := w.before[i] + w.after[i]
	if !in.IsKnown() || !extent.IsKnown() {
		if stride == 1 && extent == Known(pad+1) {
			return in, nil
		}
		return UnknownDim, nil
	}
	room := in.Size + pad - extent.Size
	if room < 0 {
		return Dim{}, fmt.Errorf("the window spans %s places on spatial axis %d, the input has %d with padding %d", extent, i, in.Size, pad)
	}
	out := room/stride + 1
	if w.ceil && room%stride != 0 && out*stride < in.Size+w.before[i] {
		out++ // a last window that starts before the end
	}
	return Known(out), nil
}

// slideAll is the spatial shape that the window makes of in.
func (w *window) slideAll(in Shape) (Shape, error) {
	out := make(Shape, len(in))
	for i, d := range in {
		var err error
		if out[i], err = w.slide(i, d); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// kernelOf is the kernel of a convolution: that of its weights, as far as
// kernel_shape agrees.
func kernelOf(n *Node, weight Shape, rank int) ([]Dim, error) {
	kernel := slices.Repeat([]Dim{UnknownDim}, rank)
	if given := n.Ints("kernel_shape"); len(given) > 0 {
		if len(given) != rank {
			return nil, fmt.Errorf("kernel_shape %v does not fit %d spatial axes", given, rank)
		}
		for i, k := range given {
			if k < 1 {
				return nil, fmt.Errorf("kernel_shape %v must hold numbers from 1 on", given)
			}
			kernel[i] = Known(k)
		}
	}
	if weight == nil {
		return kernel, nil
	}
	for i := range kernel {
		d, err := unifyDims(kernel[i], weight[2+i])
		if err != nil {
			return nil, fmt.Errorf("kernel_shape and weight %s: %w", weight, err)
		}
		kernel[i] = d
	}
	return kernel, nil
}

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

// pool infers pools: N×C×spatial → N×C×out, and the Indices of MaxPool.
func pool(c *inferCall) ([]Info, error) {
	x := c.input(0)
	y := Type{Elem: x.Elem}
	if x.Shape != nil {
		if len(x.Shape) < 3 {
			return nil, fmt.Errorf("input %s needs batch, channel and spatial axes", x.Shape)
		}
		kernel, err := kernelOf(c.node, nil, len(x.Shape)-2)
		if err != nil {
			return nil, err
		}
		w, err := newWindow(c.node, kernel)
		if err != nil {
			return nil, err
		}
		out, err := w.slideAll(x.Shape[2:])
		if err != nil {
			return nil, err
		}
		y.Shape = slices.Concat(x.Shape[:2], out)
	}
	return []Info{{Type: y}, {Type: Type{Int64, y.Shape}}}, nil
}

// globalPool infers pools over all spatial axes, which keep size 1.
func globalPool(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	if len(x.Shape) < 2 {
		return nil, fmt.Errorf("input %s needs a batch and a channel axis", x.Shape)
	}
	out := slices.Clone(x.Shape)
	for i := 2; i < len(out); i++ {
		out[i] = Known(1)
	}
	return one(x.Elem, out)
}
