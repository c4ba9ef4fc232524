package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

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
	for _, n := range slices.Backward(g.Nodes) {
		if !anyLive(n, live) {
			continue
		}
		kept = append(kept, n)
		for _, in := range slices.Concat(n.Inputs, n.Captures()) {
			live[in] = true
		}
	}
	slices.Reverse(kept)
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
	return slices.ContainsFunc(n.Outputs, func(o string) bool { return live[o] && o != "" })
}

// required are operators that have all outputs of theirs, read or not: a Split
// by their number or sizes, the others because ONNX says so.
var required = []string{"CausalConvWithState", "DynamicQuantizeLinear", "LinearAttention", "Split", "StringSplit", "TopK"}

// trimOutputs leaves out trailing outputs that nothing reads: optional ones
// cost time and memory. Which are optional of an operator that is not ONNX's is
// not known.
func trimOutputs(n *graphs.Node, live map[string]bool) {
	if !n.IsStandard() || slices.Contains(required, n.Op) || len(n.Subgraphs()) > 0 {
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
