package graphs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxFindings is the most findings that Check lists.
const maxFindings = 20

// Check reports whether m is well formed: it imports the operator sets it
// uses, every value has one name and one producer, every name that is read is
// visible and produced earlier, attributes hold what their types say and
// tensors fill their dims. Types of values are the subject of Infer. The error
// joins up to 20 findings, each naming node and value.
func Check(m *Model) error {
	c := &checker{}
	if m.IRVersion < 3 {
		c.report("ir_version %d is not supported: 3 is the oldest", m.IRVersion)
	}
	c.opsets = m.Opsets
	c.imports("the model")
	c.graph(m.Graph, nil)
	if m.IRVersion == 3 {
		c.defaults(m.Graph)
	}
	for _, f := range m.Functions {
		c.inFunction = true
		c.opsets = f.Opsets
		c.function(f)
	}
	return c.err()
}

// checker collects findings.
type checker struct {
	findings   []error
	left       int // findings beyond maxFindings
	opsets     map[string]int64
	inFunction bool
}

func (c *checker) report(format string, args ...any) {
	if len(c.findings) == maxFindings {
		c.left++
		return
	}
	c.findings = append(c.findings, fmt.Errorf(format, args...))
}

func (c *checker) err() error {
	if c.left > 0 {
		c.findings = append(c.findings, fmt.Errorf("and %d more", c.left))
	}
	return errors.Join(c.findings...)
}

// scope is the values visible at a place, each with what makes it.
type scope struct {
	outer  *scope
	makers map[string]string
}

func (s *scope) maker(name string) (string, bool) {
	for ; s != nil; s = s.outer {
		if maker, ok := s.makers[name]; ok {
			return maker, true
		}
	}
	return "", false
}

// define adds a value to the scope unless its name is taken.
func (c *checker) define(s *scope, name, maker string) {
	if other, taken := s.maker(name); taken {
		c.report("%s: %q is already the name of a value, from %s", maker, name, other)
		return
	}
	s.makers[name] = maker
}

func (c *checker) imports(who string) {
	if len(c.opsets) == 0 {
		c.report(`%s imports no operator set: opset_import needs an entry such as domain "", version 18`, who)
	}
	for _, domain := range slices.Sorted(maps.Keys(c.opsets)) {
		if v := c.opsets[domain]; v < 1 {
			c.report("%s imports operator set %q in version %d: the first is 1", who, domain, v)
		}
	}
}

func (c *checker) graph(g *Graph, outer *scope) {
	if g.Name == "" {
		c.report("a graph has no name")
	}
	s := &scope{outer, map[string]string{}}
	for _, v := range g.Inputs {
		if v.Name == "" {
			c.report("an input of graph %q has no name", g.Name)
			continue
		}
		c.define(s, v.Name, "graph input")
	}
	c.initializers(g, s)
	c.nodes(g.Nodes, s)
	listed := map[string]bool{}
	for _, v := range g.Outputs {
		_, local := s.makers[v.Name]
		_, visible := s.maker(v.Name)
		switch {
		case listed[v.Name]:
			c.report("graph output %q is listed twice", v.Name)
		case !visible:
			c.report("graph output %q: nothing produces it", v.Name)
		case !local: // ONNX Runtime refuses it
			c.report("output %q of subgraph %q is a value of the outer graph: pass it through an Identity node", v.Name, g.Name)
		}
		listed[v.Name] = true
	}
}

func (c *checker) initializers(g *Graph, s *scope) {
	inputs, seen := map[string]bool{}, map[string]bool{}
	for _, v := range g.Inputs {
		inputs[v.Name] = true
	}
	for _, t := range g.Initializers {
		c.tensor("initializer", t)
		switch {
		case t.Name == "":
			c.report("an initializer of graph %q has no name", g.Name)
		case seen[t.Name]:
			c.report("initializer %q is there twice", t.Name)
		case !inputs[t.Name]:
			c.define(s, t.Name, "initializer")
		}
		seen[t.Name] = true
	}
}

// defaults reports what ir_version 3 asks: an initializer only gives an input
// its default value.
func (c *checker) defaults(g *Graph) {
	for _, t := range g.Initializers {
		if g.Input(t.Name) == nil {
			c.report("initializer %q is no graph input, which needs ir_version 4 or later", t.Name)
		}
	}
}

func (c *checker) tensor(who string, t *Tensor) {
	size, err := checkedSize(t.Dims, max(t.Type.Size(), 1))
	if err == nil {
		switch {
		case t.Type == String:
			err = matchLength(t, len(t.Strings), size, "strings")
		case t.Type.Size() == 0:
			err = fmt.Errorf("element type %s is not supported", t.Type)
		default:
			err = matchLength(t, len(t.Data), size, "bytes")
		}
	}
	if err != nil {
		c.report("%s %q: %w", who, t.Name, err)
	}
}

// nodes checks a node list whose scope s holds what comes before it, and adds
// its outputs.
func (c *checker) nodes(nodes []*Node, s *scope) {
	later := map[string]*Node{}
	for _, n := range nodes {
		for _, o := range n.Outputs {
			later[o] = n
		}
	}
	for _, n := range nodes {
		c.node(n)
		for _, name := range n.Inputs {
			if _, ok := s.maker(name); ok || name == "" {
				continue
			}
			if producer := later[name]; producer != nil {
				c.report("%s: its input %q is produced later, by %s", n.Label(), name, producer.Label())
			} else {
				c.report("%s: nothing produces its input %q", n.Label(), name)
			}
		}
		for _, sub := range n.Subgraphs() {
			c.graph(sub, s)
		}
		for _, name := range n.Outputs {
			if name != "" {
				c.define(s, name, n.Label())
			}
		}
	}
}

// node checks what is inside one node.
func (c *checker) node(n *Node) {
	if n.Op == "" {
		c.report("node %q has no operator", n.Label())
	}
	if _, ok := c.opsets[n.Domain]; !ok && len(c.opsets) > 0 {
		c.report("%s: its domain %q is in no imported operator set", n.Label(), n.Domain)
	}
	seen := map[string]bool{}
	for _, a := range n.Attributes {
		if seen[a.Name] {
			c.report("%s: attribute %q is there twice", n.Label(), a.Name)
		}
		seen[a.Name] = true
		c.attribute(n, a)
	}
}

func (c *checker) attribute(n *Node, a Attribute) {
	who := fmt.Sprintf("%s: attribute %q", n.Label(), a.Name)
	switch {
	case a.Name == "":
		c.report("%s: an attribute has no name", n.Label())
	case a.Type < AttrFloat || a.Type > AttrGraphs:
		c.report("%s has the unknown type %d", who, a.Type)
	case a.Ref != "":
		if !c.inFunction {
			c.report("%s refers to the function attribute %q outside of a function", who, a.Ref)
		}
	case a.Type == AttrGraph && a.Graph == nil, a.Type == AttrTensor && a.Tensor == nil:
		c.report("%s holds no value", who)
	case a.Type == AttrTensor:
		c.tensor(who+" tensor", a.Tensor)
	}
	if want, ok := attributeTypes[a.Name]; ok && n.Domain == "" && a.Ref == "" && a.Type != want {
		c.report("%s is of type %s: %s is wanted", who, a.Type, want)
	}
	for _, t := range a.Tensors {
		c.tensor(who+" tensor", t)
	}
}

func (c *checker) function(f *Function) {
	who := fmt.Sprintf("function %q", f.Name)
	if f.Name == "" {
		c.report("a function has no name")
	}
	c.imports(who)
	s := &scope{nil, map[string]string{}}
	for _, name := range f.Inputs {
		c.define(s, name, who+" input")
	}
	c.nodes(f.Nodes, s)
	for _, name := range f.Outputs {
		if _, ok := s.maker(name); !ok {
			c.report("%s: nothing produces its output %q", who, name)
		}
	}
}
