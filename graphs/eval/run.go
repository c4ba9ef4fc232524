package eval

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Run computes the named values of a model, the graph's outputs when none is
// named; any value inside the graph may be asked for, and only what the wanted
// ones need is computed. The inputs are keyed by name; initializers are
// defaults that an input of their name overrides. An input takes on the
// element type that the graph declares for it.
func Run(m *graphs.Model, inputs map[string]*Value, outputs ...string) (map[string]*Value, error) {
	if len(outputs) == 0 {
		for _, v := range m.Graph.Outputs {
			outputs = append(outputs, v.Name)
		}
	}
	s := &scope{opset: m.Opset(), values: map[string]*Value{}}
	for name, v := range inputs {
		bound, err := bind(m.Graph, name, v)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", name, err)
		}
		s.values[name] = bound
	}
	if err := s.run(m.Graph, outputs); err != nil {
		return nil, err
	}
	out := make(map[string]*Value, len(outputs))
	for _, name := range outputs {
		out[name] = s.values[name]
	}
	return out, nil
}

// bind checks a caller's input against the graph and gives it the declared
// element type.
func bind(g *graphs.Graph, name string, v *Value) (*Value, error) {
	if v == nil {
		return nil, fmt.Errorf("no value is given")
	}
	if err := v.check(); err != nil {
		return nil, err
	}
	var declared graphs.Type
	if in := g.Input(name); in != nil {
		declared = in.Type
	} else if t := g.Initializer(name); t != nil {
		declared.Elem = t.Type
	} else {
		return nil, fmt.Errorf("the graph has no such input or initializer")
	}
	if !declared.Shape.Compatible(staticShape(v.Shape)) {
		return nil, fmt.Errorf("shape %v does not fit %s", v.Shape, declared)
	}
	if declared.Elem == graphs.Undefined {
		return v, nil
	}
	if declared.Elem.IsFloat() != v.isFloat() {
		return nil, fmt.Errorf("%s does not fit %s", v, declared.Elem)
	}
	bound := *v
	bound.Type = declared.Elem
	return bound.wrapped(), nil
}

func staticShape(shape []int) graphs.Shape {
	out := make(graphs.Shape, len(shape))
	for i, d := range shape {
		out[i] = graphs.Known(int64(d))
	}
	return out
}

// scope holds the values of one graph under evaluation.
type scope struct {
	opset  int64
	values map[string]*Value
	parent *scope // of the graph around a subgraph
}

var _ evaluator = (*scope)(nil)

// lookup finds a value here or in the graphs around.
func (s *scope) lookup(name string) (*Value, bool) {
	for ; s != nil; s = s.parent {
		if v, ok := s.values[name]; ok {
			return v, true
		}
	}
	return nil, false
}

// run computes the wanted values of g into s.values.
func (s *scope) run(g *graphs.Graph, wanted []string) error {
	needed := s.needed(g, wanted)
	for _, t := range g.Initializers {
		if _, bound := s.values[t.Name]; needed[t.Name] && !bound {
			s.values[t.Name] = FromTensor(t)
		}
	}
	for _, n := range g.Nodes {
		if anyNeeded(n, needed) {
			if err := s.node(n); err != nil {
				return err
			}
		}
	}
	for _, name := range wanted {
		v, ok := s.lookup(name)
		if !ok {
			return fmt.Errorf("the graph has no value %q, or it is an input that is not given", name)
		}
		s.values[name] = v // a subgraph may pass on a value from around it
	}
	return nil
}

// needed returns the names on which the wanted values depend. Nodes are in
// topological order, so one walk backwards finds them.
func (s *scope) needed(g *graphs.Graph, wanted []string) map[string]bool {
	needed := map[string]bool{}
	for _, name := range wanted {
		needed[name] = true
	}
	for _, n := range slices.Backward(g.Nodes) {
		if !anyNeeded(n, needed) {
			continue
		}
		for _, name := range n.Inputs {
			needed[name] = true
		}
		for _, name := range n.Captures() {
			needed[name] = true
		}
	}
	return needed
}

func anyNeeded(n *graphs.Node, needed map[string]bool) bool {
	for _, o := range n.Outputs {
		if o != "" && needed[o] {
			return true
		}
	}
	return false
}

// node computes one node's outputs.
func (s *scope) node(n *graphs.Node) error {
	in := make([]*Value, len(n.Inputs))
	for i, name := range n.Inputs {
		if name == "" {
			continue
		}
		v, ok := s.lookup(name)
		if !ok {
			return fmt.Errorf("%s: its input %q is not given, or no earlier node produces it", n.Label(), name)
		}
		in[i] = v
	}
	out, err := (&call{node: n, opset: s.opset, in: in, outer: s}).compute()
	if err != nil {
		return err
	}
	for i, name := range n.Outputs {
		if name != "" {
			s.values[name] = out[i]
		}
	}
	return nil
}

// subgraph computes the outputs of a graph inside this one.
func (s *scope) subgraph(g *graphs.Graph, in []*Value) ([]*Value, error) {
	if len(in) != len(g.Inputs) {
		return nil, fmt.Errorf("subgraph %q takes %d inputs, not %d", g.Name, len(g.Inputs), len(in))
	}
	inner := &scope{opset: s.opset, values: map[string]*Value{}, parent: s}
	for i, v := range g.Inputs {
		inner.values[v.Name] = in[i]
	}
	wanted := make([]string, len(g.Outputs))
	for i, v := range g.Outputs {
		wanted[i] = v.Name
	}
	if err := inner.run(g, wanted); err != nil {
		return nil, fmt.Errorf("subgraph %q: %w", g.Name, err)
	}
	out := make([]*Value, len(wanted))
	for i, name := range wanted {
		out[i] = inner.values[name]
	}
	return out, nil
}
