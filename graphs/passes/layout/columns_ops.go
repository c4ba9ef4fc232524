package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// flips maps an operator to what computes its output's transpose; a flip
// returns false to leave the node as it is.
var flips = withElementwise(map[string]func(c *columns, n *graphs.Node) bool{
	"Gemm": flipGemm,

	"LogSoftmax": flipAxis, "Softmax": flipAxis,

	"ReduceMax": flipReduction, "ReduceMean": flipReduction, "ReduceMin": flipReduction,
	"ReduceSum": flipReduction, "ReduceSumSquare": flipReduction,
	"Reshape": flipReshape,
}, flipElementwise)

// flipGemm computes (A'·B' + C)ᵀ = B'ᵀ·A'ᵀ + Cᵀ. Products that are no batch,
// such as the gradients of weights, keep their layout and read transposed
// operands.
func flipGemm(c *columns, n *graphs.Node) bool {
	a, transA := c.operand(n.Input(0), n.Int("transA", 0) != 0)
	b, transB := c.operand(n.Input(1), n.Int("transB", 0) != 0)
	attrs := []graphs.Attribute{}
	for _, name := range []string{"alpha", "beta"} {
		if at := n.Attr(name); at != nil {
			attrs = append(attrs, *at)
		}
	}
	if !c.isBatch(n.Outputs[0]) {
		n.Inputs[0], n.Inputs[1] = a, b
		n.Attributes = append(attrs, flag("transA", transA), flag("transB", transB))
		c.keep(n)
		return true
	}
	inputs := []string{b, a}
	if bias := n.Input(2); bias != "" {
		flipped := c.transposed(bias)
		if flipped == "" {
			return false
		}
		inputs = append(inputs, flipped)
	}
	return c.flip(n, "Gemm", inputs, append(attrs, flag("transA", !transB), flag("transB", !transA))...)
}

// operand returns a matrix in whichever layout it is computed, and whether it
// is to be transposed.
func (c *columns) operand(name string, trans bool) (string, bool) {
	if c.hidden[name] {
		return c.flipped[name], !trans
	}
	return name, trans
}

func flag(name string, set bool) graphs.Attribute {
	if set {
		return graphs.Int(name, 1)
	}
	return graphs.Int(name, 0)
}

// flipElementwise computes on transposes where one operand is there as such.
func flipElementwise(c *columns, n *graphs.Node) bool {
	if len(c.Shape(n.Outputs[0])) != 2 || !slices.ContainsFunc(n.Inputs, c.isFlipped) {
		return false
	}
	if slices.ContainsFunc(n.Inputs, func(in string) bool { return in != "" && (c.Shape(in) == nil || len(c.Shape(in)) > 2) }) {
		return false
	}
	inputs := make([]string, len(n.Inputs))
	for i, in := range n.Inputs {
		inputs[i] = c.transposed(in)
	}
	return c.flip(n, n.Op, inputs, n.Attributes...)
}

// flipAxis exchanges the axis of a softmax.
func flipAxis(c *columns, n *graphs.Node) bool {
	x := n.Input(0)
	if !c.hidden[x] {
		return false
	}
	axis := n.Int("axis", -1)
	if axis < 0 {
		axis += 2
	}
	return c.flip(n, n.Op, []string{c.flipped[x]}, graphs.Int("axis", 1-axis))
}

// flipReduction reduces the transpose over the other axis. Without kept axes
// the result is a vector, which has one layout.
func flipReduction(c *columns, n *graphs.Node) bool {
	x := n.Input(0)
	if !c.hidden[x] {
		return false
	}
	axes := passes.ReducedAxes(c.Builder, n)
	if len(axes) != 1 {
		return false
	}
	inputs := []string{c.flipped[x], c.Ints(1 - axes[0])}
	if n.Int("keepdims", 1) != 0 {
		return c.flip(n, n.Op, inputs, n.Attributes...)
	}
	n.Inputs = inputs
	c.Append(n)
	return true
}

// flipReshape reshapes a row or column as its transpose: their elements lie in
// the same order.
func flipReshape(c *columns, n *graphs.Node) bool {
	x := n.Input(0)
	if !c.hidden[x] || !slices.Contains(c.Shape(x), graphs.Known(1)) {
		return false
	}
	n.Inputs[0] = c.flipped[x]
	c.keep(n)
	return true
}
