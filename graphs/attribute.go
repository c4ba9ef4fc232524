package graphs

import (
	"slices"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// AttrType is the kind of value an attribute holds, numbered as in ONNX.
type AttrType int32

// The kinds of attribute values.
const (
	AttrFloat   AttrType = 1
	AttrInt     AttrType = 2
	AttrString  AttrType = 3
	AttrTensor  AttrType = 4
	AttrGraph   AttrType = 5
	AttrFloats  AttrType = 6
	AttrInts    AttrType = 7
	AttrStrings AttrType = 8
	AttrTensors AttrType = 9
	AttrGraphs  AttrType = 10
)

// String returns ONNX's own name of the type, such as "INTS".
func (t AttrType) String() string {
	return onnxpb.AttributeProto_AttributeType(t).String()
}

// Attribute is a named constant of a node. Type says which field holds it.
type Attribute struct {
	Name    string
	Type    AttrType
	Float   float32
	Int     int64
	Str     string
	Tensor  *Tensor
	Graph   *Graph
	Floats  []float32
	Ints    []int64
	Strings []string
	Tensors []*Tensor
	Graphs  []*Graph
	// Ref names the attribute of the surrounding function that gives the value.
	Ref string
}

// Int returns an integer attribute.
func Int(name string, v int64) Attribute { return Attribute{Name: name, Type: AttrInt, Int: v} }

// Ints returns an attribute that is a list of integers.
func Ints(name string, v ...int64) Attribute { return Attribute{Name: name, Type: AttrInts, Ints: v} }

// Float returns a float attribute.
func Float(name string, v float32) Attribute {
	return Attribute{Name: name, Type: AttrFloat, Float: v}
}

// Str returns a string attribute.
func Str(name, v string) Attribute { return Attribute{Name: name, Type: AttrString, Str: v} }

// Subgraph returns a graph attribute.
func Subgraph(name string, g *Graph) Attribute {
	return Attribute{Name: name, Type: AttrGraph, Graph: g}
}

// Attr returns the attribute called name, or nil.
func (n *Node) Attr(name string) *Attribute {
	for i := range n.Attributes {
		if n.Attributes[i].Name == name {
			return &n.Attributes[i]
		}
	}
	return nil
}

// Int returns the integer attribute called name, or def.
func (n *Node) Int(name string, def int64) int64 {
	if a := n.Attr(name); a != nil && a.Type == AttrInt {
		return a.Int
	}
	return def
}

// Float returns the float attribute called name, or def.
func (n *Node) Float(name string, def float32) float32 {
	if a := n.Attr(name); a != nil && a.Type == AttrFloat {
		return a.Float
	}
	return def
}

// Str returns the string attribute called name, or def.
func (n *Node) Str(name, def string) string {
	if a := n.Attr(name); a != nil && a.Type == AttrString {
		return a.Str
	}
	return def
}

// Ints returns the integers of the attribute called name, nil when it is
// missing.
func (n *Node) Ints(name string) []int64 {
	if a := n.Attr(name); a != nil && a.Type == AttrInts {
		return a.Ints
	}
	return nil
}

// SetAttr sets or replaces an attribute.
func (n *Node) SetAttr(a Attribute) {
	if old := n.Attr(a.Name); old != nil {
		*old = a
		return
	}
	n.Attributes = append(n.Attributes, a)
}

// DropAttr removes the attribute called name, if it is there.
func (n *Node) DropAttr(name string) {
	n.Attributes = slices.DeleteFunc(n.Attributes, func(a Attribute) bool { return a.Name == name })
}

// Subgraphs returns the graphs that the node's attributes hold.
func (n *Node) Subgraphs() []*Graph {
	var out []*Graph
	for _, a := range n.Attributes {
		if a.Graph != nil {
			out = append(out, a.Graph)
		}
		out = append(out, a.Graphs...)
	}
	return out
}
