package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// makers is what a Rewrite knows of the values so far: which node makes them,
// and how many nodes and outputs read them.
type makers struct {
	*graphs.Builder
	node  map[string]*graphs.Node
	seen  int // how many nodes are in the map
	reads map[string]int
}

// rewriteKnown is Rewrite for passes that look at more than one node. Only
// standard operators are offered.
func rewriteKnown(m *graphs.Model, replace func(k *makers, n *graphs.Node) []string) (*graphs.Model, error) {
	k := &makers{node: map[string]*graphs.Node{}, reads: countReads(m.Graph)}
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		k.Builder = b
		k.update()
		if !standard(n) {
			return nil
		}
		news := replace(k, n)
		for i, name := range news {
			k.reads[name] += k.reads[n.Outputs[i]]
		}
		return news
	})
}

// update takes note of the nodes appended since.
func (k *makers) update() {
	for nodes := k.Model().Graph.Nodes; k.seen < len(nodes); k.seen++ {
		for _, o := range nodes[k.seen].Outputs {
			k.node[o] = nodes[k.seen]
		}
	}
}

// makersIn maps the values of a graph to the nodes that make them.
func makersIn(g *graphs.Graph) map[string]*graphs.Node {
	by := map[string]*graphs.Node{}
	for _, n := range g.Nodes {
		for _, o := range n.Outputs {
			by[o] = n
		}
	}
	return by
}

func countReads(g *graphs.Graph) map[string]int {
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

// maker returns the standard node that makes a value, nil when there is none.
func (k *makers) maker(name string) *graphs.Node {
	if n := k.node[name]; n != nil && standard(n) {
		return n
	}
	return nil
}

// standard reports whether n is one of ONNX's own operators.
func standard(n *graphs.Node) bool { return n.Domain == "" || n.Domain == "ai.onnx" }

// opOf is the operator of a standard node.
func opOf(n *graphs.Node) string {
	if !standard(n) {
		return ""
	}
	return n.Op
}
