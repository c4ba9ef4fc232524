package passes

import (
	"maps"
	"slices"

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
	varying := maps.Clone(keep) // and what is computed from those
	if varying == nil {
		varying = map[string]bool{}
	}
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		b.Reinfer(n) // what was folded before may tell sizes that were not known
		reads := slices.Concat(n.Inputs, n.Captures())
		if n.Op != "Shape" && n.Op != "Size" && slices.ContainsFunc(reads, func(in string) bool { return varying[in] }) {
			for _, o := range n.Outputs {
				varying[o] = o != ""
			}
			return nil
		}
		if !pure(n) || !eval.Supports(n.Op) {
			return nil
		}
		if t := knownValue(b.Info(n.Outputs[0])); t != nil && len(n.Outputs) == 1 {
			return []string{b.Const(t)}
		}
		if size, ok := b.Shape(n.Outputs[0]).Elements(); ok && size > maxFolded {
			return nil
		}
		in := constantInputs(b, n)
		if in == nil {
			return nil
		}
		out, err := eval.Node(n, b.Model().Opset(), in)
		if err != nil {
			return nil // the runtime will say what is wrong with it
		}
		return constants(b, n, out)
	})
}

// constants are the values of a node's outputs, nil when they are too large
// to be stored.
func constants(b *graphs.Builder, n *graphs.Node, values []*eval.Value) []string {
	names := make([]string, len(n.Outputs))
	for i, o := range n.Outputs {
		switch {
		case o == "":
		case i >= len(values) || values[i] == nil || len(values[i].F)+len(values[i].I) > maxFolded:
			return nil
		default:
			names[i] = b.Const(values[i].Tensor(""))
		}
	}
	return names
}

// knownValue returns the integers that shape arithmetic is known to give, nil
// when one of them is not known.
func knownValue(info graphs.Info) *graphs.Tensor {
	values, known := info.Ints()
	if !known || info.Value == nil || info.Elem != graphs.Int64 || !info.Shape.IsStatic() {
		return nil
	}
	return graphs.NewInts("", info.Shape.Dims(), values)
}

// constantInputs returns the values of n's inputs, nil if one is not
// constant or the node has none.
func constantInputs(b *graphs.Builder, n *graphs.Node) []*eval.Value {
	if len(n.Inputs) == 0 && n.Op != "Constant" {
		return nil
	}
	in := make([]*eval.Value, len(n.Inputs))
	for i, name := range n.Inputs {
		if name == "" {
			continue
		}
		t := b.Info(name).Const
		if t == nil || t.Type == graphs.String || t.Len() > maxFolded {
			return nil
		}
		in[i] = eval.FromTensor(t)
	}
	return in
}
