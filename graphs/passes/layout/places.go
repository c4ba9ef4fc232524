package layout

import (
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
	p := &places{nodes: m.Graph.Nodes, outer: outerValues(m.Graph), holder: newHolder(plane.places, func(of plane) []int64 { return []int64{-1, of.channels} })}
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
	holder
	nodes  []*graphs.Node  // of the graph as it was
	wanted map[string]bool // of its values, once asked for: see wants
	outer  map[string]bool
}
