package layout

import (
	"cmp"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// abreastOps maps an operator to what computes it on samples held abreast. That
// returns what stands for the node's outputs, or nothing where it has changed the
// node to compute them; ok is false to leave the node to images.
var abreastOps = withElementwise(map[string]func(p *abreast, n *graphs.Node) (news []string, ok bool){
	"BatchNormalization": normaliseAbreast,
	"Concat":             joinAbreast,
	"Conv":               convolveAbreast,
	"GlobalAveragePool":  averageAbreast,
	"ReduceMean":         averageAbreast,
	"Split":              splitAbreast,
}, elementwiseAbreast)

// elementwiseAbreast computes on samples held abreast where one operand is so.
func elementwiseAbreast(p *abreast, n *graphs.Node) ([]string, bool) {
	held := slices.IndexFunc(n.Inputs, p.isHeld)
	if held < 0 {
		return nil, false
	}
	shape := p.planes[n.Inputs[held]].shape()
	var samples []string // the others meet these as they meet images
	for _, in := range n.Inputs {
		if r := roleOf(p.Builder, in, shape); p.isHeld(in) || r != perChannel && r != lone {
			samples = append(samples, in)
		}
	}
	of, ok := p.meet(samples)
	if !ok {
		return nil, false
	}
	for i, in := range n.Inputs {
		if slices.Contains(samples, in) {
			n.Inputs[i] = p.held(in)
		}
	}
	p.holds(n.Outputs[0], of)
	return nil, true
}

// meet returns what an elementwise operator makes of samples; ok is false where
// they are not of one size, but for those of a single place, which meets all.
func (p *abreast) meet(samples []string) (all plane, ok bool) {
	operands := make([]plane, len(samples))
	for i, name := range samples {
		if operands[i], ok = p.planeOf(name); !ok {
			return all, false
		}
	}
	all = slices.MaxFunc(operands, func(a, b plane) int { return cmp.Compare(a.places(), b.places()) })
	for _, of := range operands {
		if of.places() == 1 {
			of.height, of.width = all.height, all.width
		}
		if of != all {
			return all, false
		}
	}
	return all, true
}

// normaliseAbreast normalises channels.
func normaliseAbreast(p *abreast, n *graphs.Node) ([]string, bool) {
	of, ok := p.planes[n.Input(0)]
	if !ok || len(n.Outputs) != 1 {
		return nil, false
	}
	p.holds(n.Outputs[0], of)
	return nil, true
}

// averageAbreast takes the mean over all places.
func averageAbreast(p *abreast, n *graphs.Node) ([]string, bool) {
	x := n.Input(0)
	of, ok := p.planes[x]
	if !ok || n.Op == "ReduceMean" && !overPlaces(p.Builder, n) {
		return nil, false
	}
	of.height, of.width = 1, 1
	mean := p.holds(p.ReduceMean(x, true, 2), of)
	if n.Op == "ReduceMean" && n.Int("keepdims", 1) == 0 {
		mean = p.ReshapeTo(p.image(mean), -1, of.channels)
	}
	return []string{mean}, true
}

// joinAbreast joins channels.
func joinAbreast(p *abreast, n *graphs.Node) ([]string, bool) {
	if !onChannels(n) || !slices.ContainsFunc(n.Inputs, p.isHeld) {
		return nil, false
	}
	all, ok := p.planeOf(n.Input(0))
	if !ok {
		return nil, false
	}
	for _, in := range n.Inputs[1:] {
		of, ok := p.planeOf(in)
		if !ok || of.batch != all.batch || of.height != all.height || of.width != all.width {
			return nil, false
		}
		all.channels += of.channels
	}
	for i, in := range n.Inputs {
		n.Inputs[i] = p.held(in)
	}
	p.holds(n.Outputs[0], all)
	return nil, true
}

// splitAbreast takes channels apart.
func splitAbreast(p *abreast, n *graphs.Node) ([]string, bool) {
	if !onChannels(n) || !p.isHeld(n.Input(0)) {
		return nil, false
	}
	parts := make([]plane, len(n.Outputs))
	for i, name := range n.Outputs {
		var ok bool
		if parts[i], ok = planeOf(p.Shape(name)); !ok {
			return nil, false
		}
		parts[i].batch = p.planes[n.Input(0)].batch
	}
	for i, name := range n.Outputs {
		p.holds(name, parts[i])
	}
	return nil, true
}

// onChannels reports whether a node's axis is that of images' channels.
func onChannels(n *graphs.Node) bool {
	axis := n.Int("axis", 0)
	return axis == 1 || axis == -3
}
