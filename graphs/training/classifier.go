package training

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Classifier names the tensors of the last linear layer.
type Classifier struct {
	// Input is the value that the layer reads; "" when the net has no last
	// linear layer.
	Input  string
	Weight string
	Bias   string // "" when there is none
	// transposed tells that Weight is d×K, not K×d.
	transposed bool
}

// findClassifier finds the last linear layer before the logits: a product with
// an initializer, followed by nothing but the addition of a bias. Layers that scale their product or bias do not count: their
// tensors are not W and b.
func (net *Net) findClassifier() {
	g := net.Model.Graph
	n := g.Maker(net.Logits)
	var bias string
	for n != nil {
		switch n.StandardOp() {
		case "Identity", "Flatten", "Reshape", "Squeeze":
			n = g.Maker(n.Input(0))
			continue
		case "Add":
			if bias != "" {
				return
			}
			layer, added := n.Input(0), n.Input(1)
			if g.Initializer(layer) != nil {
				layer, added = added, layer
			}
			if g.Initializer(added) == nil {
				return
			}
			bias, n = added, g.Maker(layer)
			continue
		case "Gemm", "MatMul":
			net.setClassifier(n, bias)
		}
		return
	}
}

// setClassifier takes a product as the last linear layer, if it is one. bias
// is what is added to it, "" for nothing.
func (net *Net) setClassifier(n *graphs.Node, bias string) {
	g := net.Model.Graph
	c := Classifier{Input: n.Input(0), Weight: n.Input(1), Bias: bias, transposed: n.Int("transB", 0) == 0}
	if t := g.Maker(c.Weight); t != nil && swapsMatrix(t) {
		c.Weight, c.transposed = t.Input(0), !c.transposed
	}
	if n.Input(2) != "" {
		c.Bias = n.Input(2)
	}
	scaled := n.Float("alpha", 1) != 1 || n.Float("beta", 1) != 1
	if two := bias != "" && c.Bias != bias; two || scaled || n.Int("transA", 0) != 0 || !c.fits(g) {
		return
	}
	net.Classifier = c
}

// fits reports whether weight and bias are initializers of fitting shapes.
func (c Classifier) fits(g *graphs.Graph) bool {
	w, b := g.Initializer(c.Weight), g.Initializer(c.Bias)
	if w == nil || len(w.Dims) != 2 {
		return false
	}
	classes := w.Dims[0]
	if c.transposed {
		classes = w.Dims[1]
	}
	return c.Bias == "" || b != nil && b.Len() == int(classes)
}

// swapsMatrix reports whether n transposes a matrix.
func swapsMatrix(n *graphs.Node) bool {
	perm := n.Ints("perm")
	return n.StandardOp() == "Transpose" && (len(perm) == 0 || slices.Equal(perm, []int64{1, 0}))
}
