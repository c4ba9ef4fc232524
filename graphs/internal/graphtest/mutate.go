package graphtest

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Mutate changes a model in a few places, mostly to something malformed, and
// returns it.
func Mutate(m *graphs.Model, c *Choices) *graphs.Model {
	m = m.Clone()
	if len(m.Graph.Nodes) == 0 {
		return m
	}
	for range 1 + c.Below(4) {
		mutations[c.Below(len(mutations))](m.Graph, m.Graph.Nodes[c.Below(min(len(m.Graph.Nodes), 256))], c)
	}
	return m
}

// mutations change a graph or one node of it.
var mutations = []func(g *graphs.Graph, n *graphs.Node, c *Choices){
	func(_ *graphs.Graph, n *graphs.Node, c *Choices) { n.Op = pick(c, operators) },
	func(_ *graphs.Graph, n *graphs.Node, c *Choices) {
		n.Domain = pick(c, []string{"com.example", "ai.onnx"})
	},
	func(g *graphs.Graph, n *graphs.Node, c *Choices) {
		if len(n.Inputs) > 0 {
			n.Inputs[c.Below(len(n.Inputs))] = anyName(g, c)
		}
	},
	func(g *graphs.Graph, n *graphs.Node, c *Choices) { n.Inputs = append(n.Inputs, anyName(g, c)) },
	func(_ *graphs.Graph, n *graphs.Node, c *Choices) { n.Inputs = n.Inputs[:c.Below(len(n.Inputs)+1)] },
	func(_ *graphs.Graph, n *graphs.Node, c *Choices) { n.Outputs = n.Outputs[:c.Below(len(n.Outputs)+1)] },
	func(_ *graphs.Graph, n *graphs.Node, c *Choices) {
		n.Outputs = append(n.Outputs, pick(c, []string{"", "more", "x0"}))
	},
	func(_ *graphs.Graph, n *graphs.Node, c *Choices) { n.SetAttr(anyAttribute(c)) },
	func(_ *graphs.Graph, n *graphs.Node, c *Choices) {
		if len(n.Attributes) > 0 {
			i := c.Below(len(n.Attributes))
			n.Attributes = slices.Delete(slices.Clone(n.Attributes), i, i+1)
		}
	},
	func(g *graphs.Graph, _ *graphs.Node, c *Choices) {
		if len(g.Inputs) > 0 {
			g.Inputs[c.Below(len(g.Inputs))].Type = anyType(c)
		}
	},
	func(g *graphs.Graph, _ *graphs.Node, c *Choices) {
		if len(g.Initializers) > 0 {
			g.Initializers[c.Below(min(len(g.Initializers), 256))] = anyTensor(anyName(g, c), c)
		}
	},
	func(g *graphs.Graph, _ *graphs.Node, c *Choices) {
		i, j := c.Below(min(len(g.Nodes), 256)), c.Below(min(len(g.Nodes), 256))
		g.Nodes[i], g.Nodes[j] = g.Nodes[j], g.Nodes[i]
	},
	func(g *graphs.Graph, n *graphs.Node, c *Choices) { // an initializer takes an input's place
		t := anyTensor("new", c)
		g.Initializers = append(g.Initializers, t)
		if len(n.Inputs) > 0 {
			n.Inputs[c.Below(len(n.Inputs))] = t.Name
		}
	},
}

func pick[T any](c *Choices, from []T) T { return from[c.Below(len(from))] }

func anyName(g *graphs.Graph, c *Choices) string {
	names := []string{"", "nothing", "x0"}
	for _, t := range g.Initializers {
		names = append(names, t.Name)
	}
	for _, n := range g.Nodes {
		names = append(names, n.Outputs...)
	}
	return pick(c, names[max(0, len(names)-256):])
}

var numbers = []int64{0, 1, -1, 2, -2, 3, 7, 1 << 31, -1 << 31, 1<<63 - 1, -1 << 63}

func anyInts(c *Choices) []int64 {
	v := make([]int64, c.Below(4))
	for i := range v {
		v[i] = pick(c, numbers)
	}
	return v
}

func anyAttribute(c *Choices) graphs.Attribute {
	name := pick(c, []string{"axis", "axes", "perm", "to", "keepdims", "split", "start", "end", "transA", "alpha",
		"training_mode", "value", "num_outputs", "noop_with_empty_axes", "allowzero", "value_ints", "then_branch",
		"kernel_shape", "strides", "pads", "dilations", "group", "auto_pad", "ceil_mode", "epsilon", "equation", "scales", "mode"})
	switch c.Below(6) {
	case 0:
		return graphs.Ints(name, anyInts(c)...)
	case 1:
		return graphs.Float(name, float32(pick(c, numbers)))
	case 2:
		return graphs.Str(name, pick(c, []string{"", "SAME_UPPER", "ij,jk->ik", "x"}))
	case 3:
		return graphs.Attribute{Name: name, Type: graphs.AttrTensor, Tensor: anyTensor("", c)}
	}
	return graphs.Int(name, pick(c, numbers))
}

func anyType(c *Choices) graphs.Type {
	t := graphs.Type{Elem: pick(c, []graphs.DType{graphs.Float32, graphs.Int64, graphs.Undefined, graphs.Bool, graphs.Float16, graphs.String})}
	if c.Below(3) == 0 {
		return t
	}
	t.Shape = graphs.Shape{}
	for range c.Below(5) {
		t.Shape = append(t.Shape, pick(c, []graphs.Dim{
			graphs.Known(1), graphs.Known(0), graphs.Known(4), graphs.Symbolic("N"), graphs.Symbolic("M"), graphs.UnknownDim, graphs.Known(1 << 62),
		}))
	}
	return t
}

// anyTensor returns a small tensor of floats or integers, of a shape that it
// fills, as the reader of files sees to.
func anyTensor(name string, c *Choices) *graphs.Tensor {
	if c.Below(2) == 0 {
		v := anyInts(c)
		if len(v) == 1 && c.Below(2) == 0 {
			return graphs.NewInts(name, nil, v)
		}
		return graphs.NewInts(name, []int64{int64(len(v))}, v)
	}
	shape := pick(c, [][]int{{}, {0}, {1}, {4}, {3, 4}, {4, 3}, {1, 1, 1, 1}, {2, 3, 4}})
	return values(c.Below(9), shape).Tensor(name)
}

// operators are those that inference, gradients or passes know, and others.
var operators = []string{
	"Abs", "Add", "ArgMax", "AveragePool", "BatchNormalization", "Cast", "CastLike", "Celu", "Clip", "Concat", "Constant",
	"ConstantOfShape", "Conv", "ConvTranspose", "CumSum", "Div", "Dropout", "Einsum", "Elu", "Equal", "Exp", "Expand", "Flatten",
	"Gather", "GatherElements", "GatherND", "Gemm", "GlobalAveragePool", "GroupNormalization", "Identity", "If", "LayerNormalization",
	"LeakyRelu", "Log", "LogSoftmax", "Loop", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mod", "Mul", "Neg", "NoSuchOperator",
	"NonZero", "OneHot", "PRelu", "Pad", "Pow", "Range", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum",
	"ReduceSumSquare", "Relu", "Reshape", "Resize", "ScatterND", "Shape", "Sigmoid", "Sign", "Sin", "Size", "Slice", "Softmax",
	"Softplus", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Where",
}
