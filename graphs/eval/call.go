package eval

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// call is one application of an operator.
type call struct {
	node  *graphs.Node
	opset int64
	in    []*Value // nil where an optional input is left out
	outer evaluator
}

// evaluator computes the subgraphs of a node, which may read the values around
// it.
type evaluator interface {
	subgraph(g *graphs.Graph, in []*Value) ([]*Value, error)
}

// kernel computes the outputs of an operator. Its inputs satisfy the
// operator's signature.
type kernel func(c *call) ([]*Value, error)

// Node computes the outputs of one node of the standard domain in the given
// opset version; in holds nil where an optional input is left out. Floating
// results are not rounded to their declared types: Value.Tensor does that.
func Node(n *graphs.Node, opset int64, in []*Value) ([]*Value, error) {
	for i, v := range in {
		if v == nil {
			continue
		}
		if err := v.check(); err != nil {
			return nil, fmt.Errorf("%s: input %d: %w", n.Label(), i, err)
		}
	}
	return (&call{node: n, opset: opset, in: in, outer: &scope{opset: opset}}).compute()
}

// Supports reports whether the package computes an operator of the standard
// domain.
func Supports(op string) bool {
	_, ok := operators[op]
	return ok
}

func (c *call) compute() ([]*Value, error) {
	out, err := c.dispatch()
	if err != nil {
		return nil, fmt.Errorf("%s on %s: %w", c.node.Label(), c.inputTypes(), err)
	}
	return out, nil
}

func (c *call) dispatch() ([]*Value, error) {
	if !c.node.IsStandard() {
		return nil, fmt.Errorf("operators of domain %q are not supported", c.node.Domain)
	}
	if least := since[c.node.Op]; c.opset < least {
		return nil, fmt.Errorf("before opset %d it meant something else: upgrade the model from opset %d first", least, c.opset)
	}
	op, ok := operators[c.node.Op]
	if !ok {
		return nil, fmt.Errorf("the interpreter has no such operator")
	}
	if err := op.signature.check(c.in); err != nil {
		return nil, err
	}
	out, err := op.run(c)
	if err != nil {
		return nil, err
	}
	if len(c.node.Outputs) > len(out) {
		return nil, fmt.Errorf("it has %d outputs, the node names %d", len(out), len(c.node.Outputs))
	}
	for i, v := range out {
		out[i] = v.wrapped()
	}
	return out, nil
}

// inputTypes lists the inputs for messages.
func (c *call) inputTypes() string {
	parts := make([]string, len(c.in))
	for i, v := range c.in {
		parts[i] = v.String()
	}
	if len(parts) == 0 {
		return "no inputs"
	}
	return strings.Join(parts, ", ")
}

// has reports whether input i is given.
func (c *call) has(i int) bool { return i < len(c.in) && c.in[i] != nil }

// ints returns an integer input, or the attribute that held it in older
// opsets, or nil.
func (c *call) ints(i int, attr string) []int64 {
	if c.has(i) {
		return c.in[i].I
	}
	return c.node.Ints(attr)
}

// scalar returns the single element of input i, def when it is left out.
func (c *call) scalar(i int, def float64) (float64, error) {
	if !c.has(i) {
		return def, nil
	}
	if c.in[i].size() != 1 {
		return 0, fmt.Errorf("input %d must have one element", i)
	}
	return c.in[i].floats()[0], nil
}

// axis returns the attribute "axis" for a tensor of the given rank.
func (c *call) axis(def int64, rank int) (int, error) {
	return axisOf(c.node.Int("axis", def), rank)
}

// float returns a float attribute.
func (c *call) float(name string, def float32) float64 {
	return float64(c.node.Float(name, def))
}

// flag returns an integer attribute as a truth value.
func (c *call) flag(name string, def int64) bool { return c.node.Int(name, def) != 0 }

// one wraps the single output most operators have.
func one(v *Value) ([]*Value, error) { return []*Value{v}, nil }
