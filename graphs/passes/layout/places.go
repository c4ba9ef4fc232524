package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Places returns a copy of m for a CPU, in which convolutions with 3×3 kernels
// are products of matrices wherever that costs less (see filtering), and images
// are held as these products take and make them: not N×C×H×W but as a matrix
// with a row for each place of each sample, (H·W·N)×C. From a product on they
// stay so through all operators that can do with it, among them convolutions of
// single places, which are a product with the matrix as it is; others are given
// images. Values named in keep stay as they are.
//
// On matrices statistics over samples and places are sums of rows, and gradients
// of all this are products and sums of matrices as well.
func Places(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
	p := &places{nodes: m.Graph.Nodes, outer: outerValues(m.Graph), at: map[string]plane{}, images: map[string]string{}, rows: map[string]string{}}
	out, err := passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		p.Builder = b
		op := onPlaces[n.StandardOp()]
		if op == nil || len(n.Outputs) != 1 || keep[n.Outputs[0]] {
			return p.onImages(n)
		}
		news, ok := op(p, n)
		switch {
		case !ok:
			return p.onImages(n)
		case news != nil && p.outer[n.Outputs[0]]:
			return []string{p.image(news[0])}
		}
		return news
	})
	if err != nil {
		return nil, err
	}
	out.Graph.Values = nil // of other shapes
	return out, nil
}

// onImages leaves a node as it is.
func (p *places) onImages(n *graphs.Node) []string {
	for i, in := range n.Inputs {
		n.Inputs[i] = p.image(in)
	}
	return nil
}

// places is the state of one pass.
type places struct {
	*graphs.Builder
	nodes  []*graphs.Node  // of the graph as it was
	wanted map[string]bool // of its values, once asked for: see wants
	outer  map[string]bool
	// at says what matrices hold.
	at map[string]plane
	// images maps a matrix to its N×C×H×W, rows maps such images to their
	// matrix, where these are computed.
	images, rows map[string]string
}

// plane is the images that a matrix of places holds, or samples abreast.
type plane struct {
	batch                   graphs.Dim
	channels, height, width int64
}

func (at plane) places() int64 { return at.height * at.width }

// shape is that of the images.
func (at plane) shape() graphs.Shape {
	return graphs.Shape{at.batch, graphs.Known(at.channels), graphs.Known(at.height), graphs.Known(at.width)}
}

// outerValues are those that outputs and subgraphs read.
func outerValues(g *graphs.Graph) map[string]bool {
	outer := map[string]bool{}
	for _, v := range g.Outputs {
		outer[v.Name] = true
	}
	for _, n := range g.Nodes {
		for _, name := range n.Captures() {
			outer[name] = true
		}
	}
	return outer
}

// planeOf returns what a matrix or an image holds; ok is false for other values.
// The batch must at least have a name, by which to tell it from others.
func (p *places) planeOf(name string) (at plane, ok bool) {
	if at, ok = p.at[name]; ok {
		return at, true
	}
	return planeOf(p.Shape(name))
}

// planeOf returns what values of a shape are images of; ok is false where they
// are none.
func planeOf(s graphs.Shape) (at plane, ok bool) {
	if len(s) != 4 || s[0] == graphs.UnknownDim || !s[1:].IsStatic() || slices.Contains(s[1:], graphs.Known(0)) {
		return plane{}, false
	}
	return plane{s[0], s[1].Size, s[2].Size, s[3].Size}, true
}

// holds takes note of a matrix.
func (p *places) holds(matrix string, at plane) string {
	p.at[matrix] = at
	return matrix
}

// image returns a value as N×C×H×W where it is held as a matrix.
func (p *places) image(name string) string {
	at, ok := p.at[name]
	if !ok {
		return name
	}
	if p.images[name] == "" {
		flat := p.Transpose(p.ReshapeTo(name, at.places(), -1), 1, 0)
		p.images[name] = p.ReshapeTo(flat, -1, at.channels, at.height, at.width)
	}
	return p.images[name]
}

// matrix returns images as a matrix of places.
func (p *places) matrix(name string) string {
	if _, ok := p.at[name]; ok {
		return name
	}
	if p.rows[name] == "" {
		at, ok := p.planeOf(name)
		if !ok {
			p.Failf("the sizes of %q are not known", name)
			return name
		}
		flat := p.Transpose(p.ReshapeTo(name, -1, at.places()), 1, 0)
		p.rows[name] = p.holds(p.ReshapeTo(flat, -1, at.channels), at)
	}
	return p.rows[name]
}
