package upgrade

import (
	"fmt"
	"maps"

	"github.com/memdil/memdil/graphs"
)

// instance copies a list of nodes into a graph: each value they define gets a
// name that is free there.
type instance struct {
	names  *graphs.Names
	prefix string
	// to maps names inside to names outside; given says which names some
	// values are to bear once they are defined.
	to, given map[string]string
}

func newInstance(names *graphs.Names, prefix string) *instance {
	return &instance{names: names, prefix: prefix, to: map[string]string{}, given: map[string]string{}}
}

// use is the outer name of a value that is read. What is not defined inside
// is captured from around.
func (s *instance) use(name string) string {
	if to, ok := s.to[name]; ok {
		return to
	}
	return name
}

// define is the outer name of a value from here on.
func (s *instance) define(name string) string {
	if name == "" {
		return ""
	}
	to, ok := s.given[name]
	if !ok {
		to = s.names.Fresh(s.prefix + name)
	}
	delete(s.given, name)
	s.to[name] = to
	return to
}

// node returns a copy of n in outer names.
func (s *instance) node(n *graphs.Node) *graphs.Node {
	c := n.Clone()
	for i, in := range c.Inputs {
		c.Inputs[i] = s.use(in)
	}
	for i := range c.Attributes {
		a := &c.Attributes[i]
		if a.Graph != nil {
			s.rename(a.Graph)
		}
		for _, g := range a.Graphs {
			s.rename(g)
		}
	}
	for i, o := range c.Outputs {
		c.Outputs[i] = s.define(o)
	}
	if c.Name != "" {
		c.Name = s.prefix + c.Name
	}
	return c
}

// rename gives all names of a subgraph their outer form. A subgraph's own
// names are seen only inside it.
func (s *instance) rename(g *graphs.Graph) {
	inner := newInstance(s.names, s.prefix)
	maps.Copy(inner.to, s.to)
	for _, v := range g.Inputs {
		v.Name = inner.define(v.Name)
	}
	for _, t := range g.Initializers {
		if to, ok := inner.to[t.Name]; ok && g.Input(to) != nil {
			t.Name = to // the default of an input
			continue
		}
		t.Name = inner.define(t.Name)
	}
	for i, n := range g.Nodes {
		g.Nodes[i] = inner.node(n)
	}
	for _, v := range g.Outputs {
		v.Name = inner.use(v.Name)
	}
	g.Values = nil
}

// hand arranges that the values called inside come out as those of n.
func (s *instance) hand(inside []string, n *graphs.Node) error {
	if len(n.Outputs) > len(inside) {
		return fmt.Errorf("%s names %d outputs of %d", n.Label(), len(n.Outputs), len(inside))
	}
	for i, o := range n.Outputs {
		_, input := s.to[inside[i]]
		if _, twice := s.given[inside[i]]; o != "" && !input && !twice {
			s.given[inside[i]] = o
		}
	}
	return nil
}

// passed returns Identity nodes for the outputs of n that no node inside
// produced under their names: those that hand an input on.
func (s *instance) passed(inside []string, n *graphs.Node) []*graphs.Node {
	var out []*graphs.Node
	for i, o := range n.Outputs {
		if from := s.use(inside[i]); o != "" && from != o {
			out = append(out, &graphs.Node{Op: "Identity", Inputs: []string{from}, Outputs: []string{o}})
		}
	}
	return out
}
