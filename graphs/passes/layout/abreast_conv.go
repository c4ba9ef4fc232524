package layout

import "github.com/memdil/memdil/graphs"

// abreastConv is a convolution of samples held abreast.
type abreastConv struct {
	*abreast
	node          *graphs.Node
	from, into    plane
	rows, columns graphs.Slide // how the kernels slide along the height and the width
}

// fewPlaces is up to how many places, from 2 on, a product for each sample, which
// convolutions of single places make of images, has so few columns that it pays
// to hold the samples abreast. Images of one place are a matrix as they are.
const fewPlaces = 4

// convolveAbreast makes a depthwise convolution, and one of all channels on few
// places, a product of matrices where that gains. One of single places, of any
// number of groups, needs no change.
func convolveAbreast(p *abreast, n *graphs.Node) ([]string, bool) {
	x := n.Input(0)
	of, ok := p.planeOf(x)
	into, sized := planeOf(p.Shape(n.Output(0)))
	w := p.Shape(n.Input(1))
	if !ok || !sized || !isSized(w) || p.Elem(x) != graphs.Float32 || n.Str("auto_pad", "NOTSET") != "NOTSET" {
		return nil, false
	}
	into.batch = of.batch
	axes := slidesOf(n, w, into.shape())
	c := &abreastConv{p, n, of, into, axes[0], axes[1]}
	switch {
	case c.isDepthwise() && c.bandsPay():
		return []string{p.holds(c.bands(), into)}, true
	case c.isPointwise() && (p.isHeld(x) || of.places() > 1 && of.places() <= fewPlaces):
		n.Inputs[0] = p.held(x)
		p.holds(n.Outputs[0], into)
		return nil, true
	case c.unfoldingPays():
		return []string{p.holds(c.unfoldedProduct(), into)}, true
	}
	return nil, false
}

// isDepthwise reports whether each channel has kernels of its own.
func (b *abreastConv) isDepthwise() bool {
	return b.from.channels > 1 && b.node.Int("group", 1) == b.from.channels && b.rows.Taps*b.columns.Taps > 1
}

// isPointwise reports whether each place of the output is made of the same place
// of the input.
func (b *abreastConv) isPointwise() bool {
	return b.rows == graphs.Still(b.from.height) && b.columns == graphs.Still(b.from.width)
}
