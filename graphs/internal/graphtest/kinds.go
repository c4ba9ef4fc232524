package graphtest

import "github.com/memdil/memdil/graphs"

// kind proposes a node, whose outputs are yet to be named; its operands need
// not fit.
type kind func(g *generator) *graphs.Node

// smoothKinds are differentiable everywhere, or but for ties that a central
// difference does not see.
var smoothKinds = []kind{
	oneOf(1, "Tanh", "Sigmoid", "Sin", "Cos", "Neg", "Identity", "Softplus", "Softmax", "LogSoftmax", "Exp"),
	oneOf(2, "Add", "Sub", "Mul", "MatMul", "Mul"),
	oneOf(2, "Add", "Sub", "Mul", "MatMul", "Gemm"),
	oneOf(3, "Gemm", "Sum", "Mean", "LayerNormalization"),
	reduction("ReduceSum", "ReduceMean", "ReduceSumSquare"),
	arrangement, neutral, again, reshapeLike,
}

// otherKinds have kinks, or are not differentiable.
var otherKinds = []kind{
	oneOf(1, "Relu", "Abs", "Sign", "Round", "Shape", "Size", "Ceil"),
	oneOf(2, "Max", "Min", "Greater", "Equal", "Reshape", "Expand"),
	oneOf(3, "Where", "Max", "Clip"),
	reduction("ReduceMax", "ReduceMin", "ReduceProd"),
	constant, toType, gather, split,
}

// oneOf proposes an operator on n values.
func oneOf(n int, ops ...string) kind {
	return func(g *generator) *graphs.Node {
		in := make([]string, n)
		for i := range in {
			in[i] = g.any()
		}
		return node(ops[g.c.Below(len(ops))], in)
	}
}

func node(op string, in []string, attrs ...graphs.Attribute) *graphs.Node {
	return &graphs.Node{Op: op, Inputs: in, Outputs: []string{""}, Attributes: attrs}
}

// reduction proposes to reduce one axis, two or all.
func reduction(ops ...string) kind {
	return func(g *generator) *graphs.Node {
		in := []string{g.any()}
		switch g.c.Below(3) {
		case 0:
			in = append(in, g.ints(int64(g.c.Below(4)-2)))
		case 1:
			in = append(in, g.ints(0, -1))
		}
		return node(ops[g.c.Below(len(ops))], in, graphs.Int("keepdims", int64(g.c.Below(2))))
	}
}

// ints returns a constant vector, which operands are not chosen from.
func (g *generator) ints(v ...int64) string {
	name := g.b.Ints(v...)
	g.s.Values[name] = intsValue(v)
	return name
}

// arrangement proposes a change of shape or order.
func arrangement(g *generator) *graphs.Node {
	x := g.any()
	switch g.c.Below(8) {
	case 0:
		return node("Reshape", []string{x, g.ints(-1)})
	case 1:
		return node("Flatten", []string{x}, graphs.Int("axis", int64(g.c.Below(2))))
	case 2:
		return node("Unsqueeze", []string{x, g.ints(int64(g.c.Below(3) - 1))})
	case 3:
		return node("Squeeze", []string{x})
	case 4:
		return node("Concat", []string{x, g.any()}, graphs.Int("axis", int64(g.c.Below(2)-1)))
	case 5:
		return node("Expand", []string{x, g.ints(int64(1+g.c.Below(2)), 1, 1)})
	case 6:
		return node("Reshape", []string{x, g.ints(4, -1)})
	}
	return node("Transpose", []string{x})
}

// neutral proposes what changes nothing, which Simplify removes.
func neutral(g *generator) *graphs.Node {
	x := g.any()
	constant := func(v float64) string {
		name := g.b.Like(x, v)
		g.s.Values[name] = scalarValue(g.b.Elem(x), v)
		return name
	}
	switch g.c.Below(6) {
	case 0:
		return node("Mul", []string{x, constant(1)})
	case 1:
		return node("Add", []string{constant(0), x})
	case 2:
		return node("Div", []string{x, constant(1)})
	case 3:
		return node("Add", []string{x, constant(1)})
	case 4:
		return node("Cast", []string{x}, graphs.Int("to", int64(g.b.Elem(x))))
	}
	return node("Identity", []string{x})
}

// again proposes what an earlier node computes already, which Share finds.
func again(g *generator) *graphs.Node {
	nodes := g.b.Model().Graph.Nodes
	if len(nodes) == 0 {
		return nil
	}
	n := nodes[g.c.Below(len(nodes))].Clone()
	for i := range n.Outputs {
		n.Outputs[i] = ""
	}
	return n
}

// reshapeLike proposes to give a value the shape another has when the graph
// runs.
func reshapeLike(g *generator) *graphs.Node {
	shape := node("Shape", []string{g.any()})
	g.try(shape)
	if shape.Outputs[0] == "" {
		return nil
	}
	return node([]string{"Reshape", "Expand"}[g.c.Below(2)], []string{g.any(), shape.Outputs[0]})
}

func constant(g *generator) *graphs.Node {
	shape := [][]int{{4}, {3, 4}, {}}[g.c.Below(3)]
	return &graphs.Node{Op: "Constant", Outputs: []string{""},
		Attributes: []graphs.Attribute{{Name: "value", Type: graphs.AttrTensor, Tensor: values(20, shape).Tensor("")}}}
}

// toType proposes a cast, often there and back.
func toType(g *generator) *graphs.Node {
	types := []graphs.DType{graphs.Float32, graphs.Int64, graphs.Float32, graphs.Bool}
	return node("Cast", []string{g.any()}, graphs.Int("to", int64(types[g.c.Below(len(types))])))
}

func gather(g *generator) *graphs.Node {
	return node("Gather", []string{g.any(), g.ints(int64(g.c.Below(2)), -1)}, graphs.Int("axis", int64(g.c.Below(2))))
}

func split(g *generator) *graphs.Node {
	n := node("Split", []string{g.any()}, graphs.Int("axis", int64(g.c.Below(2))), graphs.Int("num_outputs", 2))
	n.Outputs = []string{"", ""}
	return n
}
