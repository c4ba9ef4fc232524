package passes

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// Replacer decides about one node of a Rewrite: it appends what is to stand in
// the node's place and returns the values that replace the node's outputs, one
// for each, or returns nil to keep the node. The node's inputs already have
// their new names.
type Replacer func(b *graphs.Builder, n *graphs.Node) []string

// Rewrite returns a copy of m with nodes replaced.
func Rewrite(m *graphs.Model, replace Replacer) (*graphs.Model, error) {
	out := m.Clone()
	b, err := graphs.NewBuilder(out)
	if err != nil {
		return nil, err
	}
	nodes := out.Graph.Nodes
	out.Graph.Nodes = nil
	alias := aliases{}
	for _, n := range nodes {
		alias.rename(n)
		news := replace(b, n)
		if err := b.Err(); err != nil {
			return nil, fmt.Errorf("rewriting %s: %w", n.Label(), err)
		}
		if news == nil {
			out.Graph.Nodes = append(out.Graph.Nodes, n)
			b.Reinfer(n)
			continue
		}
		for i, old := range n.Outputs {
			if old != "" && i < len(news) {
				alias[old] = news[i]
			}
		}
	}
	alias.restoreOutputs(out.Graph)
	return out, b.Err()
}

// aliases maps replaced values to those that stand for them.
type aliases map[string]string

func (a aliases) of(name string) string {
	if to, ok := a[name]; ok {
		return to
	}
	return name
}

// rename makes n read what stands for its inputs, in its subgraphs too.
func (a aliases) rename(n *graphs.Node) {
	for i, in := range n.Inputs {
		n.Inputs[i] = a.of(in)
	}
	if len(a) == 0 {
		return
	}
	for i := range n.Attributes {
		if g := n.Attributes[i].Graph; g != nil {
			n.Attributes[i].Graph = a.renamed(g)
		}
	}
}

// renamed returns a copy of a subgraph that reads the new names.
func (a aliases) renamed(g *graphs.Graph) *graphs.Graph {
	c := g.Clone()
	for _, n := range c.Nodes {
		a.rename(n)
	}
	for _, v := range c.Outputs {
		v.Name = a.of(v.Name)
	}
	return c
}

// restoreOutputs gives replaced graph outputs their names back: the producer
// of the new value takes the name, or, where the value cannot be renamed
// because it is an input, a constant or an output itself, an Identity does.
func (a aliases) restoreOutputs(g *graphs.Graph) {
	produced, outputs := map[string]bool{}, namesOf(g.Outputs)
	for _, n := range g.Nodes {
		for _, o := range n.Outputs {
			produced[o] = true
		}
	}
	back := aliases{} // new values to the outputs that they become
	var copies []*graphs.Node
	for _, v := range g.Outputs {
		to, replaced := a[v.Name]
		_, taken := back[to]
		switch {
		case !replaced:
		case produced[to] && !outputs[to] && !taken:
			back[to] = v.Name
		default:
			copies = append(copies, &graphs.Node{Op: "Identity", Inputs: []string{to}, Outputs: []string{v.Name}})
		}
	}
	g.Nodes = append(g.Nodes, copies...)
	if len(back) > 0 {
		renameValues(g, back)
	}
}

// namesOf returns the set of the values' names.
func namesOf(values []*graphs.Value) map[string]bool {
	names := make(map[string]bool, len(values))
	for _, v := range values {
		names[v.Name] = true
	}
	return names
}

// renameValues renames what nodes read and produce.
func renameValues(g *graphs.Graph, to aliases) {
	for _, n := range g.Nodes {
		to.rename(n)
		for i, o := range n.Outputs {
			n.Outputs[i] = to.of(o)
		}
	}
}
