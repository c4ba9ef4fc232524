package passes

import "github.com/memdil/memdil/graphs"

// Prune returns a copy of m without nodes, initializers and node outputs that
// no graph output needs. ONNX Runtime would execute such nodes.
func Prune(m *graphs.Model) *graphs.Model {
	out := m.Clone()
	g := out.Graph
	live := map[string]bool{}
	for _, v := range g.Outputs {
		live[v.Name] = true
	}
	var kept []*graphs.Node
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		if !anyLive(n, live) {
			continue
		}
		kept = append(kept, n)
		for _, in := range n.Inputs {
			live[in] = true
		}
		for _, in := range n.Captures() {
			live[in] = true
		}
	}
	for i, j := 0, len(kept)-1; i < j; i, j = i+1, j-1 {
		kept[i], kept[j] = kept[j], kept[i]
	}
	g.Nodes = kept
	for _, n := range kept {
		trimOutputs(n, live)
		trimInputs(n)
	}
	g.Initializers = pruneInitializers(g, live)
	g.Values = nil
	return out
}

func anyLive(n *graphs.Node, live map[string]bool) bool {
	for _, o := range n.Outputs {
		if live[o] && o != "" {
			return true
		}
	}
	return false
}

// trimOutputs leaves out trailing outputs that nothing reads: optional ones
// cost time and memory. A Split's outputs are all needed for its sizes.
func trimOutputs(n *graphs.Node, live map[string]bool) {
	if n.Op == "Split" || len(n.Subgraphs()) > 0 {
		return
	}
	for last := len(n.Outputs) - 1; last > 0 && !live[n.Outputs[last]]; last-- {
		n.Outputs = n.Outputs[:last]
	}
}

// trimInputs drops trailing inputs that are left out by an empty name: ONNX
// Runtime 1.32 crashes on a LayerNormalization whose bias is.
func trimInputs(n *graphs.Node) {
	for last := len(n.Inputs) - 1; last >= 0 && n.Inputs[last] == ""; last-- {
		n.Inputs = n.Inputs[:last]
	}
}

// pruneInitializers keeps what a node or output reads, and inputs' defaults.
func pruneInitializers(g *graphs.Graph, live map[string]bool) []*graphs.Tensor {
	var kept []*graphs.Tensor
	inputs := namesOf(g.Inputs)
	for _, t := range g.Initializers {
		if live[t.Name] || inputs[t.Name] {
			kept = append(kept, t)
		}
	}
	return kept
}
