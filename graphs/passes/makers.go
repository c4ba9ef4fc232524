package passes

import "github.com/memdil/memdil/graphs"

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
	k := &makers{node: map[string]*graphs.Node{}, reads: m.Graph.Reads()}
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		k.Builder = b
		k.update()
		if !n.IsStandard() {
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
			if o != "" {
				k.node[o] = nodes[k.seen]
			}
		}
	}
}

// maker returns the standard node that makes a value, nil when there is none.
func (k *makers) maker(name string) *graphs.Node {
	if n := k.node[name]; n != nil && n.IsStandard() {
		return n
	}
	return nil
}
