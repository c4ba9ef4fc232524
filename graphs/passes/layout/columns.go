package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Columns returns a copy of m in which matrices of samples × features are
// held features × samples wherever the operators allow: a batch is then a
// set of columns. ONNX Runtime multiplies a wide weight matrix with a narrow
// batch in half the time that way, and statistics over the batch run along
// memory. The batch is the (symbolic) first dimension of the input called
// data.
//
// Products take transposed operands as they are, so that a transposition is
// only spelt out where a value enters or leaves an operator that knows one
// layout.
func Columns(m *graphs.Model, data string) (*graphs.Model, error) {
	input := m.Graph.Input(data)
	if input == nil || len(input.Type.Shape) == 0 || input.Type.Shape[0].Symbol == "" {
		return m, nil
	}
	out := m.Clone()
	b, err := graphs.NewBuilder(out)
	if err != nil {
		return nil, err
	}
	nodes := out.Graph.Nodes
	out.Graph.Nodes = nil
	c := &columns{Builder: b, batch: input.Type.Shape[0], flipped: map[string]string{}, hidden: map[string]bool{}}
	for _, n := range nodes {
		if f, ok := flips[n.StandardOp()]; !ok || len(n.Outputs) != 1 || !f(c, n) {
			c.keep(n)
		}
	}
	for _, v := range out.Graph.Outputs {
		c.show(v.Name)
	}
	return out, b.Err()
}

// columns is the state of one pass.
type columns struct {
	*graphs.Builder
	batch graphs.Dim
	// flipped maps a matrix to its transpose, where that is computed.
	flipped map[string]string
	// hidden holds the matrices of which only the transpose is computed.
	hidden map[string]bool
}

// keep appends a node as it is.
func (c *columns) keep(n *graphs.Node) {
	for _, in := range slices.Concat(n.Inputs, n.Captures()) {
		c.show(in)
	}
	c.Append(n)
}

// show makes sure that a matrix is there in its own layout.
func (c *columns) show(name string) {
	if !c.hidden[name] {
		return
	}
	delete(c.hidden, name)
	c.Append(&graphs.Node{Op: "Transpose", Inputs: []string{c.flipped[name]}, Outputs: []string{name},
		Attributes: []graphs.Attribute{graphs.Ints("perm", 1, 0)}})
}

// flip appends a node that computes the transpose of n's output.
func (c *columns) flip(n *graphs.Node, op string, inputs []string, attrs ...graphs.Attribute) bool {
	name := n.Outputs[0]
	c.flipped[name] = c.Op(op, inputs, attrs...)
	c.hidden[name] = true
	return true
}

// isFlipped reports whether a value's transpose is computed.
func (c *columns) isFlipped(name string) bool { return c.flipped[name] != "" }

// transposed returns the transpose of a matrix, a vector of features as a
// column, a scalar as it is; "" when the value is none of these.
func (c *columns) transposed(name string) string {
	if t := c.flipped[name]; t != "" {
		return t
	}
	shape := c.Shape(name)
	switch {
	case shape == nil || len(shape) > 2:
		return ""
	case len(shape) == 0 || len(shape) == 1 && shape[0] == graphs.Known(1):
		return name
	case len(shape) == 1 || shape[0] == graphs.Known(1):
		return c.remember(name, c.ReshapeTo(name, -1, 1))
	case shape[1] == graphs.Known(1):
		return c.remember(name, c.ReshapeTo(name, 1, -1))
	}
	return c.remember(name, c.Transpose(name, 1, 0))
}

func (c *columns) remember(name, transposed string) string {
	c.flipped[name] = transposed
	return transposed
}

// isBatch reports whether a value is a matrix with a row for each sample.
func (c *columns) isBatch(name string) bool {
	s := c.Shape(name)
	return len(s) == 2 && s[0].Equals(c.batch)
}
