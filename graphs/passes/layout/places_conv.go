package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// convolvePlaces makes a convolution a product of matrices: one of 3×3 kernels
// where that gains, of single places where the matrix is there or they are all
// there are, of whole planes, and of the net's input where a matrix is wanted.
func convolvePlaces(p *places, n *graphs.Node) ([]string, bool) {
	x := n.Input(0)
	at, ok := p.planeOf(x)
	if !ok || p.Elem(x) != graphs.Float32 {
		return nil, false
	}
	c := convolutionOf(p, n, at)
	if c == nil {
		return nil, false
	}
	there := p.isHeld(x)
	if f := newFiltering(c); f != nil && f.gains(there) {
		return []string{p.holds(f.apply(), f.plane())}, true
	}
	if c.isPointwise() && (there || at.places() == 1) {
		return []string{p.holds(c.product())}, true
	}
	if c.isWhole() {
		return []string{p.holds(c.whole())}, true
	}
	if p.wants(n.Outputs[0]) && c.unrolls() {
		return []string{p.holds(c.unrolled())}, true
	}
	return nil, false
}

// convolution is one on its way to products of matrices.
type convolution struct {
	*places
	x, w, bias string
	at         plane // of x
	out        int64 // channels
	kernel     []int64
	strides    []int64
	pads       []int64
}

// convolutionOf reads a plain convolution, nil when it is another kind.
func convolutionOf(p *places, n *graphs.Node, at plane) *convolution {
	w := p.Shape(n.Input(1))
	if len(w) != 4 || !isSized(w) || n.Int("group", 1) != 1 || n.Str("auto_pad", "NOTSET") != "NOTSET" {
		return nil
	}
	c := &convolution{places: p, x: n.Input(0), w: n.Input(1), bias: n.Input(2), at: at, out: w[0].Size,
		kernel: w[2:].Dims(), strides: []int64{1, 1}, pads: []int64{0, 0, 0, 0}}
	if s := n.Ints("strides"); len(s) > 0 {
		c.strides = s
	}
	if pads := n.Ints("pads"); len(pads) > 0 {
		c.pads = pads
	}
	for i, d := range n.Ints("dilations") {
		if d != 1 && c.kernel[i] != 1 {
			return nil
		}
	}
	return c
}

// isPointwise reports whether kernels see one place, and strides take the first
// of each block of places.
func (c *convolution) isPointwise() bool {
	return slices.Equal(c.kernel, []int64{1, 1}) && slices.Equal(c.pads, []int64{0, 0, 0, 0}) &&
		c.at.height%c.strides[0] == 0 && c.at.width%c.strides[1] == 0
}

// isWhole reports whether kernels see the plane as a whole, once.
func (c *convolution) isWhole() bool {
	return slices.Equal(c.kernel, []int64{c.at.height, c.at.width}) && slices.Equal(c.pads, []int64{0, 0, 0, 0})
}

// whole multiplies images, a row each.
func (c *convolution) whole() (y string, at plane) {
	numbers := c.at.channels * c.at.places()
	x, w := c.ReshapeTo(c.image(c.x), -1, numbers), c.ReshapeTo(c.w, c.out, numbers)
	return c.biased(c.Gemm(x, w, false, true)), plane{c.at.batch, c.out, 1, 1}
}

// product multiplies the rows that the kernels see.
func (c *convolution) product() (y string, at plane) {
	x, at := c.held(c.x), c.at
	if c.strides[0] > 1 || c.strides[1] > 1 {
		at.height, at.width = at.height/c.strides[0], at.width/c.strides[1]
		blocks := c.ReshapeTo(x, at.height, c.strides[0], at.width, c.strides[1], -1)
		first := c.Op("Slice", []string{blocks, c.Ints(0, 0), c.Ints(1, 1), c.Ints(1, 3)})
		x = c.ReshapeTo(first, -1, at.channels)
	}
	y = c.biased(c.Gemm(x, c.ReshapeTo(c.w, c.out, at.channels), false, true))
	at.channels = c.out
	return y, at
}

// unrolls reports whether the windows on x, side by side, are no larger than the
// output, and no gradient by x will have to find its way back through them.
func (c *convolution) unrolls() bool {
	return c.Model().Graph.Input(c.x) != nil && c.Model().Graph.Initializer(c.x) == nil &&
		c.kernel[0]*c.kernel[1]*c.at.channels <= c.out
}

// unrolled multiplies the windows, a row each.
func (c *convolution) unrolled() (y string, at plane) {
	at = c.at
	at.height = (c.at.height+c.pads[0]+c.pads[2]-c.kernel[0])/c.strides[0] + 1
	at.width = (c.at.width+c.pads[1]+c.pads[3]-c.kernel[1])/c.strides[1] + 1
	padded := c.Op("Pad", []string{c.x, c.Ints(0, 0, c.pads[0], c.pads[1], 0, 0, c.pads[2], c.pads[3])})
	var places []string // one of each window
	for i := range c.kernel[0] {
		for j := range c.kernel[1] {
			ends := c.Ints(i+(at.height-1)*c.strides[0]+1, j+(at.width-1)*c.strides[1]+1)
			places = append(places, c.Op("Slice", []string{padded, c.Ints(i, j), ends, c.Ints(2, 3), c.Ints(c.strides...)}))
		}
	}
	windows := c.Op("Concat", places, graphs.Int("axis", 1))
	rows := c.ReshapeTo(c.Transpose(c.ReshapeTo(windows, -1, at.places()), 1, 0), -1, int64(len(places))*at.channels)
	w := c.ReshapeTo(c.Transpose(c.w, 0, 2, 3, 1), c.out, -1)
	at.channels = c.out
	return c.biased(c.Gemm(rows, w, false, true)), at
}

// biased adds the bias, if there is one, to the rows of y.
func (c *convolution) biased(y string) string {
	if c.bias == "" {
		return y
	}
	return c.Add(y, c.bias)
}
