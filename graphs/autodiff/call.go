package autodiff

import "github.com/memdil/memdil/graphs"

// call is one node in the reverse pass, with the builder to which its rule
// appends.
type call struct {
	*graphs.Builder
	node *graphs.Node
	dy   []string // gradient of each output; "" where nothing flows back
	// readers are the nodes on the gradient's path that read a value.
	readers map[string][]*graphs.Node
	options Options
}

// in returns the name of input i, "" when it is left out.
func (c *call) in(i int) string { return c.node.Input(i) }

// out returns the name of output i, which the forward node is made to compute
// if it left it out.
func (c *call) out(i int) string {
	for len(c.node.Outputs) <= i {
		c.node.Outputs = append(c.node.Outputs, "")
	}
	if c.node.Outputs[i] == "" {
		c.node.Outputs[i] = c.Fresh(c.node.Outputs[0] + ".stat")
		c.Reinfer(c.node)
	}
	return c.node.Outputs[i]
}

// each returns f of every input, for operators that treat all alike.
func (c *call) each(f func(x string) string) []string {
	out := make([]string, len(c.node.Inputs))
	for i, x := range c.node.Inputs {
		out[i] = f(x)
	}
	return out
}

// mask returns cond as numbers 0 and 1 of x's element type.
func (c *call) mask(cond, x string) string { return c.Cast(cond, c.Elem(x)) }

// keepWhere returns dy where cond holds and 0 elsewhere.
func (c *call) keepWhere(cond string) string {
	return c.Where(cond, c.dy[0], c.Like(c.dy[0], 0))
}
