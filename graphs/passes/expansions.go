package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Expansions returns a copy of m in which elementwise operators read what was
// to be expanded for them, since they broadcast anyhow. Functions of one
// operand are taken before an expansion, not after it.
func Expansions(m *graphs.Model) (*graphs.Model, error) {
	return rewriteUnpruned(m, func(k *Known, n *graphs.Node) []string {
		switch {
		case slices.Contains(unaryOperators, n.Op):
			if p := k.Maker(n.Input(0)); p != nil && p.Op == "Expand" && k.Reads(n.Input(0)) == 1 {
				return []string{k.Expand(k.Op(n.Op, []string{p.Input(0)}, n.Attributes...), p.Input(1))}
			}
		case slices.Contains(broadcastOperators, n.Op):
			return k.broadcast(n)
		}
		return nil
	})
}

var unaryOperators = []string{"Abs", "Cast", "Exp", "Log", "Neg", "Reciprocal", "Sigmoid", "Sign", "Sqrt", "Tanh"}

var broadcastOperators = []string{"Add", "And", "Div", "Equal", "Greater", "Less", "Max", "Mean", "Min", "Mul", "Or", "Pow", "Sub", "Sum", "Where"}

// broadcast replaces operands by what they were expanded from, as long as the
// result has the same shape.
func (k *Known) broadcast(n *graphs.Node) []string {
	want := k.Shape(n.Output(0))
	inputs := slices.Clone(n.Inputs)
	changed := false
	for i, in := range n.Inputs {
		x := k.unexpanded(in)
		if x == in {
			continue
		}
		inputs[i] = x
		if got, err := graphs.Broadcast(k.shapes(inputs)...); err != nil || !got.Equals(want) {
			inputs[i] = in
			continue
		}
		changed = true
	}
	if !changed {
		return nil
	}
	return []string{k.Op(n.Op, inputs, n.Attributes...)}
}

func (k *Known) shapes(names []string) []graphs.Shape {
	shapes := make([]graphs.Shape, len(names))
	for i, name := range names {
		shapes[i] = k.Shape(name)
	}
	return shapes
}

// unexpanded returns the value that was expanded to x: any that broadcasts to
// it, and x itself when there is none. An element that was expanded stays one
// in whatever shape.
func (k *Known) unexpanded(x string) string {
	found := x
	for p := k.Maker(x); p != nil; p = k.Maker(x) {
		switch p.Op {
		case "Expand", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose":
			x = p.Input(0)
		default:
			return found
		}
		if n, ok := k.Shape(x).Elements(); ok && n == 1 || p.Op == "Expand" && found == p.Output(0) {
			found = x
		}
	}
	return found
}
