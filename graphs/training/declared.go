package training

import (
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// kindKey is the metadata in which PyTorch's default exporter says of each
// initializer what it was in the network.
const kindKey = "pkg.torch.export.graph_signature.InputSpec.kind"

// declarations returns, for the initializers of which the exporter says so,
// whether they are parameters of the network; the others of which it says
// something are buffers or constants.
func declarations(g *graphs.Graph) map[string]bool {
	out := map[string]bool{}
	for _, v := range g.Values {
		for _, p := range v.Metadata {
			if p.Key == kindKey {
				out[v.Name] = p.Value == "PARAMETER"
			}
		}
	}
	return out
}

// noteUndeclared takes ones and zeros in the place of a scale or shift for
// constants of the program, if the exporter says of others what they are.
func (net *Net) noteUndeclared() {
	g := net.Model.Graph
	for _, n := range g.Nodes {
		if len(net.declared) == 0 || !strings.HasSuffix(n.StandardOp(), "Normalization") {
			continue
		}
		for i, name := range n.Inputs {
			_, said := net.declared[name]
			if t := g.Initializer(name); t != nil && !said && neutralAt(n, i, t) {
				net.constants[name] = true
			}
		}
	}
}

// ownNumbers returns the initializers of one element that are the network's
// own: those of a graph that holds other single numbers in Constant nodes, as
// PyTorch's TorchScript exporter writes those of the program.
func ownNumbers(g *graphs.Graph) map[string]bool {
	apart := slices.ContainsFunc(g.Nodes, func(n *graphs.Node) bool {
		if n.StandardOp() != "Constant" {
			return false
		}
		t, err := graphs.ConstantValue(n)
		return err == nil && t.Type.IsFloat() && t.Len() == 1
	})
	own := map[string]bool{}
	for _, t := range g.Initializers {
		own[t.Name] = apart && t.Len() == 1
	}
	return own
}
