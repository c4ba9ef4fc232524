package training

import (
	"bytes"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// joinOneToken finds tensors that an exporter repeated for each of own samples
// to join them to their features, such as the class token of a vision
// transformer. Each is then there once, and expanded where it is joined: only
// so do all samples share what is learned.
func (net *Net) joinOneToken(own int64) {
	g := net.Model.Graph
	names := graphs.NewNames(g)
	var nodes []*graphs.Node
	for _, n := range g.Nodes {
		if n.Op == "Concat" && n.Int("axis", 0) != 0 {
			for i, name := range n.Inputs {
				if expand := net.expandToken(name, own, names); expand != nil {
					nodes = append(nodes, expand)
					n.Inputs[i] = expand.Outputs[0]
				}
			}
		}
		nodes = append(nodes, n)
	}
	g.Nodes = nodes
}

// expandToken makes the initializer called name the first of its own equal
// parts, and returns the node that repeats it as often; nil if it is no such
// initializer.
func (net *Net) expandToken(name string, own int64, names *graphs.Names) *graphs.Node {
	g := net.Model.Graph
	t := g.Initializer(name)
	if t == nil || t.Type != graphs.Float32 || own < 1 || len(t.Dims) < 2 || t.Dims[0] != own || len(net.uses(name)) != 1 {
		return nil
	}
	one := first(t)
	if one == nil {
		return nil
	}
	g.Initializers[slices.Index(g.Initializers, t)] = one
	shape := graphs.NewInts(names.Fresh(name+".shape"), []int64{int64(len(t.Dims))}, t.Dims)
	g.Initializers = append(g.Initializers, shape)
	return &graphs.Node{Op: "Expand", Inputs: []string{name, shape.Name}, Outputs: []string{names.Fresh(name + ".joined")}}
}

// first returns the first of the equal parts of t along its first axis, nil if
// they differ.
func first(t *graphs.Tensor) *graphs.Tensor {
	size := len(t.Data) / int(t.Dims[0])
	for i := 0; i < len(t.Data); i += size {
		if !bytes.Equal(t.Data[i:i+size], t.Data[:size]) {
			return nil
		}
	}
	one := *t
	one.Dims = slices.Clone(t.Dims)
	one.Dims[0], one.Data = 1, t.Data[:size:size]
	return &one
}
