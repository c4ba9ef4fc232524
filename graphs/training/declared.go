package training

import "github.com/memdil/memdil/graphs"

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

// numbersAreNodes reports whether a graph holds single numbers in Constant
// nodes, as PyTorch's TorchScript exporter writes those of the program: the
// initializers of one element are then those of the network.
func numbersAreNodes(g *graphs.Graph) bool {
	for _, n := range g.Nodes {
		if n.Op != "Constant" {
			continue
		}
		if t, err := graphs.ConstantValue(n); err == nil && t.Type.IsFloat() && t.Len() == 1 {
			return true
		}
	}
	return false
}
