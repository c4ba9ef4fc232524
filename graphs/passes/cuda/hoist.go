package cuda

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Hoist returns a copy of m in which neighbours in a concatenation that one
// elementwise operator makes from different values are concatenated first, so
// that the operator runs once: [f(a), f(b), c] becomes [f([a, b]), c].
func Hoist(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		if n.Op != "Concat" {
			return nil
		}
		axis := n.Int("axis", 0)
		inputs := hoisted(k, n.Inputs, axis)
		if len(inputs) == len(n.Inputs) {
			return nil
		}
		return []string{concat(k, inputs, axis)}
	})
}

// hoisted returns the values of a concatenation with runs of results of one
// operator replaced by one result each.
func hoisted(k *passes.Known, values []string, axis int64) []string {
	var out []string
	for len(values) > 0 {
		first := newPointwise(k, values[0])
		run := 1
		for first != nil && run < len(values) && first.alike(newPointwise(k, values[run])) {
			run++
		}
		if run == 1 {
			out, values = append(out, values[0]), values[1:]
			continue
		}
		operands := make([]string, run)
		for i, v := range values[:run] {
			operands[i] = operandOf(k, v)
		}
		out = append(out, apply(k, first, concat(k, hoisted(k, operands, axis), axis)))
		values = values[run:]
	}
	return out
}

func concat(k *passes.Known, values []string, axis int64) string {
	if len(values) == 1 {
		return values[0]
	}
	return k.Op("Concat", values, graphs.Int("axis", axis))
}

// pointwise is an elementwise operator with one operand besides constants of
// one element.
type pointwise struct {
	node *graphs.Node
	at   []int // inputs at which the operand stands
}

// unary are elementwise operators of one operand that derived graphs use.
var unary = []string{"Abs", "Exp", "Log", "Neg", "Reciprocal", "Sign", "Sqrt"}

// newPointwise reads what makes a value, possibly reshaped, as such an operator;
// nil if it is none, or if others read its result.
func newPointwise(k *passes.Known, name string) *pointwise {
	n := k.Maker(name)
	if n != nil && n.Op == "Reshape" && k.Reads(name) == 1 {
		name = n.Input(0)
		n = k.Maker(name)
	}
	if n == nil || k.Reads(name) != 1 {
		return nil
	}
	p := &pointwise{node: n}
	switch {
	case slices.Contains(unary, n.Op):
		p.at = []int{0}
	case !slices.Contains([]string{"Add", "Div", "Mul", "Sub"}, n.Op):
		return nil
	case n.Input(0) == n.Input(1):
		p.at = []int{0, 1}
	case single(k, n.Input(1)):
		p.at = []int{0}
	case single(k, n.Input(0)):
		p.at = []int{1}
	default:
		return nil
	}
	if !k.Shape(n.Input(p.at[0])).Equals(k.Shape(name)) || !k.Shape(name).IsStatic() {
		return nil
	}
	return p
}

// single reports whether a value is a constant of one element.
func single(k *passes.Known, name string) bool {
	c := k.Info(name).Const
	return c != nil && c.Len() == 1
}

// alike reports whether q applies the same operator with the same constants.
func (p *pointwise) alike(q *pointwise) bool {
	if q == nil || p.node.Op != q.node.Op || !slices.Equal(p.at, q.at) {
		return false
	}
	for i, in := range p.node.Inputs {
		if !slices.Contains(p.at, i) && in != q.node.Inputs[i] {
			return false
		}
	}
	return fmt.Sprint(p.node.Attributes) == fmt.Sprint(q.node.Attributes)
}

// operandOf returns the operand of the operator that makes a value, in the
// value's shape.
func operandOf(k *passes.Known, name string) string {
	p := newPointwise(k, name)
	x := p.node.Inputs[p.at[0]]
	if k.Shape(x).Equals(k.Shape(name)) {
		return x
	}
	x = k.ReshapeLike(x, name)
	k.Note(x) // by the concatenation to come
	return x
}

// apply appends the operator on another operand.
func apply(k *passes.Known, p *pointwise, x string) string {
	inputs := slices.Clone(p.node.Inputs)
	for _, i := range p.at {
		inputs[i] = x
	}
	return k.Op(p.node.Op, inputs, p.node.Attributes...)
}
