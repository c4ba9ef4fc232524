package autodiff

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// masked returns dy where cond holds and 0 elsewhere: as a product with zeros
// and ones, which ONNX Runtime's CPU provider computes six times faster than
// Where. Where dy may be infinite although the loss is not, it stays a choice:
// 0·∞ is no number. cond leaves out places at which y is at a bound.
func (c *call) masked(cond string) string {
	if c.steep(c.node.Outputs[0], map[string]bool{}) {
		return c.keepWhere(cond)
	}
	return c.Mul(c.dy[0], c.mask(cond, c.dy[0]))
}

// steep reports whether an operator with an infinite slope reads y, itself or
// what follows from it element by element: √max(0, x) is the example, of which
// the gradient by x < 0 is 0. Beyond a product or a normalisation an infinite
// gradient reaches the parameters there as well, and nothing is to be saved.
func (c *call) steep(y string, seen map[string]bool) bool {
	if seen[y] {
		return false
	}
	seen[y] = true
	for _, n := range c.readers[y] {
		if slices.Contains(mixing, n.Op) {
			continue
		}
		if c.infiniteSlope(n, y) || slices.ContainsFunc(n.Outputs, func(o string) bool { return c.steep(o, seen) }) {
			return true
		}
	}
	return false
}

// mixing are the operators at which the search for infinite slopes ends.
var mixing = []string{"BatchNormalization", "Conv", "ConvTranspose", "Einsum", "Gemm", "GroupNormalization",
	"InstanceNormalization", "LayerNormalization", "LogSoftmax", "MatMul", "RMSNormalization", "Softmax"}

// infiniteSlope reports whether the derivative of n by x may be infinite for a
// finite x.
func (c *call) infiniteSlope(n *graphs.Node, x string) bool {
	switch n.Op {
	case "Acos", "Acosh", "Asin", "Atanh", "GlobalLpPool", "Log", "LpNormalization", "LpPool", "Mod", "Reciprocal",
		"ReduceL2", "ReduceLogSum", "ReduceProd", "Sqrt", "Tan":
		return true
	case "Div":
		return n.Input(1) == x
	case "Pow":
		exponent := c.Info(n.Input(1)).Const
		return exponent == nil || slices.ContainsFunc(exponent.Floats(), func(e float64) bool { return e != 0 && e < 1 })
	}
	return false
}

// readersOf maps the values of a path to the nodes of it that read them.
func readersOf(path []*graphs.Node) map[string][]*graphs.Node {
	readers := map[string][]*graphs.Node{}
	for _, n := range path {
		for _, in := range n.Inputs {
			readers[in] = append(readers[in], n)
		}
	}
	return readers
}
