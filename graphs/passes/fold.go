package passes

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// maxFolded bounds the elements of a folded constant: large ones are cheaper
// to compute than to store.
const maxFolded = 1 << 16

// Fold returns a copy of m in which nodes with constant inputs are replaced by
// their values, and shape arithmetic whose result is known by constants.
// Initializers named in keep, and those that are defaults of inputs, do not
// count as constants.
func Fold(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if len(n.Outputs) != 1 || !pure(n) || !eval.Supports(n.Op) {
			return nil
		}
		if t := knownValue(b, n); t != nil {
			return []string{b.Const(t)}
		}
		in := constantInputs(b, n, keep)
		if in == nil {
			return nil
		}
		out, err := eval.Node(n, b.Model().Opset(), in)
		if err != nil || len(out) != 1 || len(out[0].F)+len(out[0].I) > maxFolded {
			return nil // the runtime will say what is wrong with it
		}
		return []string{b.Const(out[0].Tensor(""))}
	})
}

// knownValue returns the shape that a Shape node takes of a static tensor, nil
// for any other node.
func knownValue(b *graphs.Builder, n *graphs.Node) *graphs.Tensor {
	if n.Op != "Shape" || n.Attr("start") != nil || n.Attr("end") != nil {
		return nil
	}
	s := b.Shape(n.Input(0))
	if !s.IsStatic() {
		return nil
	}
	return graphs.NewInts("", []int64{int64(len(s))}, s.Dims())
}

// constantInputs returns the values of n's inputs, nil if one is not
// constant or the node has none.
func constantInputs(b *graphs.Builder, n *graphs.Node, keep map[string]bool) []*eval.Value {
	if len(n.Inputs) == 0 && n.Op != "Constant" {
		return nil
	}
	in := make([]*eval.Value, len(n.Inputs))
	for i, name := range n.Inputs {
		if name == "" {
			continue
		}
		t := b.Info(name).Const
		if t == nil || keep[name] || t.Type == graphs.String || t.Len() > maxFolded {
			return nil
		}
		in[i] = eval.FromTensor(t)
	}
	return in
}
