package training

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// materialise turns Constant nodes into initializers, so that a parameter is
// an initializer however an exporter spelt it, and the shapes of initializers
// into numbers, since to ask for a weight's shape is no use of it. An Identity of one number all
// over is an initializer of its own where a parameter or statistic is read:
// exporters write it for tensors that happen to be equal before training, such
// as scales of 1. What equals in more than that is shared.
func (net *Net) materialise() error {
	g := net.Model.Graph
	net.constants = map[string]bool{}
	own := ownVariables(g)
	m, err := passes.Rewrite(net.Model, func(b *graphs.Builder, n *graphs.Node) []string {
		if len(n.Outputs) == 0 { // malformed, and no value to anyone
			return nil
		}
		switch n.StandardOp() {
		case "Constant":
			t, err := graphs.ConstantValue(n)
			if err != nil {
				return nil // strings and sparse values: no business of ours
			}
			net.constants[n.Outputs[0]] = true
			return []string{adopt(b, t, n.Outputs[0])}
		case "Shape", "Size":
			info := b.Info(n.Outputs[0])
			if dims, known := info.Ints(); known && b.Model().Graph.Initializer(n.Input(0)) != nil {
				return []string{b.Const(graphs.NewInts("", info.Shape.Dims(), dims))}
			}
		case "Identity":
			t := b.Model().Graph.Initializer(n.Input(0))
			switch {
			case t == nil:
			case own[n.Outputs[0]] && isUniform(t):
				return []string{adopt(b, t, n.Outputs[0])}
			default:
				return []string{t.Name}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	net.Model = m
	return nil
}

// adopt makes t an initializer under the name of the node it replaces.
func adopt(b *graphs.Builder, t *graphs.Tensor, name string) string {
	named := *t
	named.Name = name
	return b.Adopt(&named)
}

// ownVariables returns the values read where only a parameter or a running
// statistic makes sense.
func ownVariables(g *graphs.Graph) map[string]bool {
	own := map[string]bool{}
	for _, n := range g.Nodes {
		for i, in := range n.Inputs {
			if slices.Contains(parameterInputs[n.StandardOp()], i) || statistic(n, i) {
				own[in] = true
			}
		}
	}
	return own
}

// dropUnused removes what the logits do not need.
func (net *Net) dropUnused() { net.Model = passes.Prune(net.Model) }
