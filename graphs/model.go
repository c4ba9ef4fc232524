package graphs

import (
	"maps"
	"slices"
	"strconv"
)

// IRVersion is the ir_version of the models memdil writes. Versions from 4 on
// allow initializers that are not inputs, and inputs with default values.
const IRVersion = 10

// Model is an ONNX model: a graph with the operator sets it is written in.
type Model struct {
	IRVersion       int64
	Opsets          map[string]int64 // version of each operator domain; "" is the standard one
	ProducerName    string
	ProducerVersion string
	Domain          string
	ModelVersion    int64
	Doc             string
	Graph           *Graph
	Metadata        []Property // metadata_props, in order
	Functions       []*Function
}

// Property is one entry of the metadata of a model or value.
type Property struct{ Key, Value string }

// Function is a model-local operator: a named subgraph.
type Function struct {
	Domain, Name, Overload string
	Inputs, Outputs        []string
	Attributes             []string // names without default
	Defaults               []Attribute
	Nodes                  []*Node
	Opsets                 map[string]int64
}

// Graph is a list of nodes between inputs and outputs.
type Graph struct {
	Name         string
	Doc          string
	Nodes        []*Node
	Inputs       []*Value
	Outputs      []*Value
	Initializers []*Tensor
	Values       []*Value // value_info: types of values inside
}

// Value is a named tensor of known type.
type Value struct {
	Name     string
	Type     Type
	Doc      string
	Metadata []Property // metadata_props, in order
}

// Node is one application of an operator.
type Node struct {
	Name       string
	Op         string
	Domain     string
	Overload   string
	Inputs     []string // "" is an optional input left out
	Outputs    []string // "" is an optional output left out
	Attributes []Attribute
	Doc        string
}

// NewModel returns an empty model that uses the standard operators of the
// given opset version.
func NewModel(name string, opset int64) *Model {
	return &Model{
		IRVersion:    IRVersion,
		Opsets:       map[string]int64{"": opset},
		ProducerName: "memdil",
		Graph:        &Graph{Name: name},
	}
}

// Opset returns the version of the standard operator set that the model uses.
func (m *Model) Opset() int64 {
	if v, ok := m.Opsets[""]; ok {
		return v
	}
	return m.Opsets["ai.onnx"]
}

// Meta returns the metadata value under key, and whether there is one.
func (m *Model) Meta(key string) (string, bool) {
	for _, p := range m.Metadata {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// SetMeta sets the metadata value under key.
func (m *Model) SetMeta(key, value string) {
	for i := range m.Metadata {
		if m.Metadata[i].Key == key {
			m.Metadata[i].Value = value
			return
		}
	}
	m.Metadata = append(m.Metadata, Property{key, value})
}

// Clone returns a copy that shares no node, value or tensor header with m.
// The bytes of initializers are shared: they are never written in place.
func (m *Model) Clone() *Model {
	c := *m
	c.Opsets = maps.Clone(m.Opsets)
	c.Metadata = slices.Clone(m.Metadata)
	c.Graph = m.Graph.Clone()
	c.Functions = make([]*Function, len(m.Functions))
	for i, f := range m.Functions {
		copied := *f
		copied.Nodes = cloneNodes(f.Nodes)
		c.Functions[i] = &copied
	}
	return &c
}

func cloneNodes(nodes []*Node) []*Node {
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		out[i] = n.Clone()
	}
	return out
}

// Clone returns a copy of the graph, as Model.Clone does.
func (g *Graph) Clone() *Graph {
	c := *g
	c.Nodes = cloneNodes(g.Nodes)
	c.Inputs, c.Outputs, c.Values = cloneValues(g.Inputs), cloneValues(g.Outputs), cloneValues(g.Values)
	c.Initializers = make([]*Tensor, len(g.Initializers))
	for i, t := range g.Initializers {
		copied := *t
		c.Initializers[i] = &copied
	}
	return &c
}

func cloneValues(values []*Value) []*Value {
	out := make([]*Value, len(values))
	for i, v := range values {
		copied := *v
		copied.Type.Shape = slices.Clone(v.Type.Shape)
		copied.Metadata = slices.Clone(v.Metadata)
		out[i] = &copied
	}
	return out
}

// Clone returns a copy of the node and of its subgraphs; other attribute
// values are shared.
func (n *Node) Clone() *Node {
	c := *n
	c.Inputs, c.Outputs = slices.Clone(n.Inputs), slices.Clone(n.Outputs)
	c.Attributes = slices.Clone(n.Attributes)
	for i := range c.Attributes {
		a := &c.Attributes[i]
		if a.Graph != nil {
			a.Graph = a.Graph.Clone()
		}
		a.Graphs = slices.Clone(a.Graphs)
		for j, g := range a.Graphs {
			a.Graphs[j] = g.Clone()
		}
	}
	return &c
}

// Initializer returns the initializer called name, or nil.
func (g *Graph) Initializer(name string) *Tensor {
	for _, t := range g.Initializers {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Input returns the graph input called name, or nil.
func (g *Graph) Input(name string) *Value { return find(g.Inputs, name) }

// Output returns the graph output called name, or nil.
func (g *Graph) Output(name string) *Value { return find(g.Outputs, name) }

func find(values []*Value, name string) *Value {
	for _, v := range values {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// RequiredInputs returns the inputs that have no default initializer: what a
// caller must feed.
func (g *Graph) RequiredInputs() []*Value {
	defaults := map[string]bool{}
	for _, t := range g.Initializers {
		defaults[t.Name] = true
	}
	var out []*Value
	for _, v := range g.Inputs {
		if !defaults[v.Name] {
			out = append(out, v)
		}
	}
	return out
}

// Input returns the i-th input of the node, "" when it is left out.
func (n *Node) Input(i int) string {
	if i < len(n.Inputs) {
		return n.Inputs[i]
	}
	return ""
}

// Output returns the i-th output of the node, "" when it is left out.
func (n *Node) Output(i int) string {
	if i < len(n.Outputs) {
		return n.Outputs[i]
	}
	return ""
}

// IsStandard reports whether the node's operator is one of ONNX's own.
func (n *Node) IsStandard() bool { return standardDomain(n.Domain) == "" }

// StandardOp returns the node's operator if it is one of ONNX's own, else "":
// another domain's may have the same name and do something else.
func (n *Node) StandardOp() string {
	if !n.IsStandard() {
		return ""
	}
	return n.Op
}

// Is reports whether the node is there, and its operator the one of ONNX's own
// that has this name.
func (n *Node) Is(op string) bool { return n != nil && n.StandardOp() == op }

// Label describes the node in messages: its operator and its name, or its
// first output where it has none.
func (n *Node) Label() string {
	name := n.Name
	if name == "" {
		for _, o := range n.Outputs {
			if o != "" {
				name = o
				break
			}
		}
	}
	return shortened(n.Op) + " node " + strconv.Quote(shortened(name))
}

// shortened leaves out the middle of a name that would flood a message.
func shortened(name string) string {
	const most = 160
	if len(name) <= most {
		return name
	}
	return name[:most/2] + "…" + name[len(name)-most/2:]
}
