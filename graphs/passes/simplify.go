package passes

import "github.com/memdil/memdil/graphs"

// Simplify returns a copy of m without nodes that only pass their input on:
// Identity, a cast to the type a value has, a reshape or expansion to the
// shape it has, a product with or quotient by 1, a sum with 0.
func Simplify(m *graphs.Model) (*graphs.Model, error) {
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if len(n.Outputs) != 1 {
			return nil
		}
		if x := passedOn(b, n); x != "" {
			return []string{x}
		}
		return nil
	})
}

// passedOn returns the input that a node returns unchanged, "" when it does
// something.
func passedOn(b *graphs.Builder, n *graphs.Node) string {
	x, y := n.Input(0), n.Input(1)
	switch n.Op {
	case "Identity":
		return x
	case "Cast":
		if b.Elem(x) == graphs.DType(n.Int("to", 0)) {
			return x
		}
	case "Reshape", "Expand":
		if shape := shapeValue(b, y); shape != nil && b.Shape(x).Equals(shape) {
			return x
		}
	case "Mul":
		if neutral(b, y, 1, x) {
			return x
		}
		if neutral(b, x, 1, y) {
			return y
		}
	case "Div":
		if neutral(b, y, 1, x) {
			return x
		}
	case "Add":
		if neutral(b, y, 0, x) {
			return x
		}
		if neutral(b, x, 0, y) {
			return y
		}
	}
	return ""
}

// shapeValue is the shape that an int64 vector spells out, nil when an
// element is special (0, −1) or unknown.
func shapeValue(b *graphs.Builder, name string) graphs.Shape {
	value := b.Info(name).Value
	if value == nil {
		return nil
	}
	shape := make(graphs.Shape, len(value))
	for i, e := range value {
		if shape[i] = e.Dim(); shape[i] == graphs.UnknownDim || shape[i] == graphs.Known(0) {
			return nil
		}
	}
	return shape
}

// neutral reports whether c is a constant of one element v that does not
// change the rank of x when it is combined with it.
func neutral(b *graphs.Builder, c string, v float64, x string) bool {
	k := b.Info(c).Const
	return k != nil && k.Len() == 1 && k.At(0) == v && b.Shape(x) != nil && len(k.Dims) <= len(b.Shape(x))
}
