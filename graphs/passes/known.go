package passes

import "github.com/memdil/memdil/graphs"

// Known is the Builder of a RewriteKnown with what is known of the values so
// far: which node makes them, and how many nodes and outputs read them.
type Known struct {
	*graphs.Builder
	node  map[string]*graphs.Node
	seen  int // how many nodes are in the map
	reads map[string]int
}

// RewriteKnown is Rewrite for passes that look at more than one node, and leaves
// out what nothing needs then. Only standard operators are offered.
func RewriteKnown(m *graphs.Model, replace func(k *Known, n *graphs.Node) []string) (*graphs.Model, error) {
	out, err := rewriteUnpruned(m, replace)
	if err != nil {
		return nil, err
	}
	return Prune(out), nil
}

// rewriteUnpruned is RewriteKnown for the parts of Tidy, which prunes once they
// are all done.
func rewriteUnpruned(m *graphs.Model, replace func(k *Known, n *graphs.Node) []string) (*graphs.Model, error) {
	k := &Known{node: map[string]*graphs.Node{}, reads: m.Graph.Reads()}
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
func (k *Known) update() {
	for nodes := k.Model().Graph.Nodes; k.seen < len(nodes); k.seen++ {
		for _, o := range nodes[k.seen].Outputs {
			if o != "" {
				k.node[o] = nodes[k.seen]
			}
		}
	}
}

// Maker returns the standard node that makes a value, nil when there is none, or
// when it was appended for the node that is being replaced: see Note.
func (k *Known) Maker(name string) *graphs.Node {
	if n := k.node[name]; n != nil && n.IsStandard() {
		return n
	}
	return nil
}

// Reads returns how many nodes and outputs read a value, those that were replaced
// included; of values that were appended, those which stand for the outputs of
// replaced nodes are known to be read.
func (k *Known) Reads(name string) int { return k.reads[name] }

// Note has Maker know what was appended for the node that is being replaced, and
// Reads count one more of a value by a node yet to be appended.
func (k *Known) Note(read string) {
	k.update()
	k.reads[read]++
}
