package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

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
