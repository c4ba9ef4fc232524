package cpu

import "github.com/memdil/memdil/graphs"

// LeavesLast returns a copy of m whose nodes that only outputs read stand at the
// end, in the order of the outputs. ONNX Runtime runs what a node needs just
// before it, and takes the nodes that nobody reads from the last to the first:
// of gradients in the order of the layers it then computes each as soon as it
// can, and lets go of what that needs. In the order of a backward pass it would
// keep what all of them need, and compute them in the end.
func LeavesLast(m *graphs.Model) *graphs.Model {
	out := m.Clone()
	reads := out.Graph.Reads()
	leaves := map[string]*graphs.Node{} // by the output they make
	var inner []*graphs.Node
	for _, n := range out.Graph.Nodes {
		if name := n.Outputs[0]; len(n.Outputs) == 1 && reads[name] == 1 && out.Graph.Output(name) != nil {
			leaves[name] = n
			continue
		}
		inner = append(inner, n)
	}
	for _, v := range out.Graph.Outputs {
		if n := leaves[v.Name]; n != nil {
			inner = append(inner, n)
			delete(leaves, v.Name)
		}
	}
	out.Graph.Nodes = inner
	return out
}
