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
