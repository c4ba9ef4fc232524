package graphs

import "slices"

// Maker returns the node that makes a value; nil for none, as of an input.
func (g *Graph) Maker(name string) *Node {
	for _, n := range g.Nodes {
		if name != "" && slices.Contains(n.Outputs, name) {
			return n
		}
	}
	return nil
}

// Makers maps the values that the graph's nodes make to these nodes.
func (g *Graph) Makers() map[string]*Node {
	makers := map[string]*Node{}
	for _, n := range g.Nodes {
		for _, o := range n.Outputs {
			if o != "" {
				makers[o] = n
			}
		}
	}
	return makers
}

// Reads counts how often each value is read: by nodes, their subgraphs, which
// count once, and as an output of the graph.
func (g *Graph) Reads() map[string]int {
	reads := map[string]int{}
	for _, n := range g.Nodes {
		for _, name := range slices.Concat(n.Inputs, n.Captures()) {
			reads[name]++
		}
	}
	for _, v := range g.Outputs {
		reads[v.Name]++
	}
	return reads
}
