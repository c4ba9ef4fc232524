package passes

import "github.com/memdil/memdil/graphs"

// Simplify returns a copy of m without nodes that only pass their input on:
// Identity, a cast to the type a value has, an expansion to the shape it has, a
// product with or quotient by 1, a sum or difference with 0, a sum or
// concatenation of one value, a second Neg.
func Simplify(m *graphs.Model) (*graphs.Model, error) {
	return rewriteUnpruned(m, func(k *Known, n *graphs.Node) []string {
		if len(n.Outputs) != 1 {
			return nil
		}
		if x := k.passedOn(n); x != "" {
			return []string{x}
		}
		return nil
	})
}

// passedOn returns the input that a node returns unchanged, "" when it does
// something.
func (k *Known) passedOn(n *graphs.Node) string {
	x, y := n.Input(0), n.Input(1)
	switch n.Op {
	case "Identity":
		return x
	case "Cast":
		if k.Elem(x) == graphs.DType(n.Int("to", 0)) {
			return x
		}
	case "Expand":
		if k.Shape(x).Equals(k.Shape(n.Output(0))) {
			return x
		}
	case "Concat", "Max", "Mean", "Min", "Sum":
		if len(n.Inputs) == 1 {
			return x
		}
	case "Neg":
		if inner := k.Maker(x); inner != nil && inner.Op == "Neg" {
			return inner.Input(0)
		}
	case "Sub":
		if k.neutral(y, 0, x) {
			return x
		}
	case "Mul":
		if k.neutral(y, 1, x) {
			return x
		}
		if k.neutral(x, 1, y) {
			return y
		}
	case "Div":
		if k.neutral(y, 1, x) {
			return x
		}
	case "Add":
		if k.neutral(y, 0, x) {
			return x
		}
		if k.neutral(x, 0, y) {
			return y
		}
	}
	return ""
}

// neutral reports whether c is a constant of one element v that does not
// change the rank of x when it is combined with it.
func (k *Known) neutral(c string, v float64, x string) bool {
	t := k.Info(c).Const
	return t != nil && t.Len() == 1 && t.At(0) == v && k.Shape(x) != nil && len(t.Dims) <= len(k.Shape(x))
}
