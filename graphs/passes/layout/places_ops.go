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

// elementwisePlaces computes on matrices where one operand is such.
func elementwisePlaces(p *places, n *graphs.Node) ([]string, bool) {
	i := slices.IndexFunc(n.Inputs, p.isHeld)
	if i < 0 || p.outer[n.Outputs[0]] {
		return nil, false
	}
	at := p.planes[n.Inputs[i]]
	for _, in := range n.Inputs {
		if !p.suits(in, at) {
			return nil, false
		}
	}
	for i, in := range n.Inputs {
		n.Inputs[i] = p.operand(in, at)
	}
	p.holds(n.Outputs[0], at)
	return nil, true
}

// suits reports whether a value can be an operand beside a matrix of places.
func (p *places) suits(name string, at plane) bool {
	if other, ok := p.planes[name]; ok {
		return other == at
	}
	switch roleOf(p.Builder, name, at.shape()) {
	case whole, perChannel, lone:
		return true
	}
	return false
}

// operand returns a value that suits as what computes alike beside the matrix.
func (p *places) operand(name string, at plane) string {
	if p.isHeld(name) {
		return name
	}
	switch roleOf(p.Builder, name, at.shape()) {
	case whole:
		return p.held(name)
	case perChannel:
		return p.ReshapeTo(name, 1, at.channels)
	}
	if len(p.Shape(name)) > 2 { // one element
		return p.ReshapeTo(name, 1)
	}
	return name
}

// normalisePlaces normalises the columns of a matrix.
func normalisePlaces(p *places, n *graphs.Node) ([]string, bool) {
	at, ok := p.planes[n.Input(0)]
	if !ok || p.outer[n.Outputs[0]] {
		return nil, false
	}
	p.holds(n.Outputs[0], at)
	return nil, true
}

// averagePlaces takes the mean over all places.
func averagePlaces(p *places, n *graphs.Node) ([]string, bool) {
	x := n.Input(0)
	at, ok := p.planes[x]
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
