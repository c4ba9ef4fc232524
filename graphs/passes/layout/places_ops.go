package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// onPlaces maps an operator to what computes it on matrices of places. That
// returns what stands for the node's output, or nothing where it has changed
// the node to compute a matrix; ok is false to leave the node to images.
var onPlaces = withElementwise(map[string]func(p *places, n *graphs.Node) (news []string, ok bool){
	"BatchNormalization": normalisePlaces,
	"Conv":               convolvePlaces,
	"GlobalAveragePool":  averagePlaces,
	"MaxPool":            poolPlaces,
	"ReduceMean":         averagePlaces,
}, elementwisePlaces)

// withElementwise adds the elementwise operators to a table.
func withElementwise[F any](table map[string]F, f F) map[string]F {
	for _, op := range elementwise {
		table[op] = f
	}
	return table
}

// elementwise are operators that compute each element from those in its place.
var elementwise = []string{
	"Abs", "Add", "And", "Cast", "Clip", "Div", "Elu", "Equal", "Exp", "Greater", "HardSigmoid", "HardSwish", "LeakyRelu", "Less",
	"Log", "Max", "Min", "Mul", "Neg", "Not", "Pow", "Reciprocal", "Relu", "Selu", "Sigmoid", "Sign", "Softplus", "Sqrt",
	"Sub", "Sum", "Tanh", "Where",
}

// elementwisePlaces computes on matrices where one operand is such.
func elementwisePlaces(p *places, n *graphs.Node) ([]string, bool) {
	i := slices.IndexFunc(n.Inputs, func(in string) bool { _, ok := p.at[in]; return ok })
	if i < 0 || p.outer[n.Outputs[0]] {
		return nil, false
	}
	at := p.at[n.Inputs[i]]
	kinds := make([]operand, len(n.Inputs))
	for i, in := range n.Inputs {
		if kinds[i] = p.operand(in, at); kinds[i] == unfit {
			return nil, false
		}
	}
	for i, in := range n.Inputs {
		switch kinds[i] {
		case images:
			n.Inputs[i] = p.matrix(in)
		case channelwise:
			n.Inputs[i] = p.ReshapeTo(in, 1, at.channels)
		case single:
			n.Inputs[i] = p.ReshapeTo(in, 1)
		}
	}
	p.holds(n.Outputs[0], at)
	return nil, true
}

// operand is what a value is beside a matrix of places.
type operand int

const (
	unfit       operand = iota
	asIs                // such a matrix, a scalar, or nothing
	images              // of that shape
	channelwise         // an element for each channel
	single              // one element of a rank above that of a matrix
)

func (p *places) operand(name string, at plane) operand {
	if name == "" {
		return asIs
	}
	if other, ok := p.at[name]; ok {
		if other == at {
			return asIs
		}
		return unfit
	}
	shape := p.Shape(name)
	size, static := shape.Elements()
	switch {
	case shape == nil || len(shape) > 4:
		return unfit
	case shape.Equals(at.shape()):
		return images
	case !static:
		return unfit
	case size == 1 && len(shape) <= 2:
		return asIs
	case size == 1:
		return single
	case size == at.channels && len(shape) >= 3 && shape[len(shape)-3].Size == size:
		return channelwise
	}
	return unfit
}

// normalisePlaces normalises the columns of a matrix.
func normalisePlaces(p *places, n *graphs.Node) ([]string, bool) {
	at, ok := p.at[n.Input(0)]
	if !ok || p.outer[n.Outputs[0]] {
		return nil, false
	}
	p.holds(n.Outputs[0], at)
	return nil, true
}

// averagePlaces takes the mean over all places.
func averagePlaces(p *places, n *graphs.Node) ([]string, bool) {
	x := n.Input(0)
	at, ok := p.at[x]
	if !ok || n.Op == "ReduceMean" && !overPlaces(p.Builder, n) {
		return nil, false
	}
	mean := p.ReduceMean(p.ReshapeTo(x, at.places(), -1), true, 0)
	if n.Int("keepdims", 1) == 0 {
		return []string{p.ReshapeTo(mean, -1, at.channels)}, true
	}
	return []string{p.ReshapeTo(mean, -1, at.channels, 1, 1)}, true
}

// overPlaces reports whether a reduction of images is over height and width.
func overPlaces(b *graphs.Builder, n *graphs.Node) bool {
	axes := b.Info(n.Input(1)).Const
	return axes != nil && slices.Equal(passes.FromFront(axes.Ints(), 4), []int64{2, 3})
}

// poolPlaces takes the largest of each block of places: of those in a row, and of
// these in a column. That pays even where a matrix has to be made of images.
func poolPlaces(p *places, n *graphs.Node) ([]string, bool) {
	at, ok := p.planeOf(n.Input(0))
	if !ok || !poolsBlocks(n, at) || p.Elem(n.Input(0)) != graphs.Float32 {
		return nil, false
	}
	block := n.Ints("kernel_shape")
	x := p.largest(p.matrix(n.Input(0)), at.height, at.width, block[1])
	at.width /= block[1]
	x = p.largest(x, 1, at.height, block[0])
	at.height /= block[0]
	return []string{p.holds(p.ReshapeTo(x, -1, at.channels), at)}, true
}

// largestBlock is how many places a block may have along an axis: there is an
// operator for each.
const largestBlock = 8

// poolsBlocks reports whether the windows of a MaxPool lie side by side, from the
// first place on, and hold none of padding.
func poolsBlocks(n *graphs.Node, at plane) bool {
	block := n.Ints("kernel_shape")
	isNot := func(v int64) func(int64) bool { return func(x int64) bool { return x != v } }
	if len(n.Outputs) != 1 || len(block) != 2 || slices.Max(block) > largestBlock || at.height < block[0] || at.width < block[1] || !slices.Equal(n.Ints("strides"), block) ||
		slices.ContainsFunc(n.Ints("pads"), isNot(0)) || slices.ContainsFunc(n.Ints("dilations"), isNot(1)) || n.Str("auto_pad", "NOTSET") != "NOTSET" {
		return false
	}
	return n.Int("ceil_mode", 0) == 0 || at.height%block[0] == 0 && at.width%block[1] == 0
}

// largest returns the largest of each so many places along one of the given
// number of rows; what a row has beyond them is left out. The gradient goes to the
// first of equal ones, as that of a pool does; Maxima then makes an operator of it.
func (p *places) largest(x string, rows, places, size int64) string {
	if size == 1 {
		return x
	}
	groups := places / size
	if groups*size < places {
		x = p.Op("Slice", []string{p.ReshapeTo(x, rows, places, -1), p.Ints(0), p.Ints(groups * size), p.Ints(1)})
	}
	parts := p.Node("Split", []string{p.ReshapeTo(x, rows*groups, size, -1)}, int(size), graphs.Int("axis", 1), graphs.Int("num_outputs", size))
	y := parts[0]
	for _, part := range parts[1:] {
		y = p.Add(y, p.Op("Relu", []string{p.Sub(part, y)}))
	}
	return y
}

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
	_, there := p.at[x]
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

// wants reports whether a matrix is to be made of a value: a product or pool reads
// it, or what follows from it element by element.
func (p *places) wants(name string) bool {
	if p.wanted == nil {
		p.wanted = map[string]bool{}
		for _, n := range slices.Backward(p.nodes) {
			p.want(n)
		}
	}
	return p.wanted[name]
}

// want takes note of what n reads, the nodes after it being done.
func (p *places) want(n *graphs.Node) {
	op, x := n.StandardOp(), n.Input(0)
	switch {
	case op == "MaxPool":
		if at, ok := p.planeOf(x); ok && poolsBlocks(n, at) {
			p.wanted[x] = true
		}
	case op == "Conv":
		if at, ok := p.planeOf(x); ok {
			c := convolutionOf(p, n, at)
			if f := newFiltering(c); f != nil && f.gains(true) {
				p.wanted[x] = true
			}
		}
	case p.wanted[n.Outputs[0]] && op == "BatchNormalization":
		p.wanted[x] = true
	case p.wanted[n.Outputs[0]] && slices.Contains(elementwise, op):
		for _, in := range n.Inputs {
			p.wanted[in] = true
		}
	}
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
	if len(w) != 4 || !w.IsStatic() || slices.Contains(w, graphs.Known(0)) || n.Int("group", 1) != 1 || n.Str("auto_pad", "NOTSET") != "NOTSET" {
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
	x, at := c.matrix(c.x), c.at
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
