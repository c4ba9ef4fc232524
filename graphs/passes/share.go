package passes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// Share returns a copy of m in which a value that several nodes compute alike
// is computed once, and equal constants are one; integers such as shapes are
// alike when they are known to be equal, however they are computed.
// Initializers named in keep, and those that are defaults of inputs, do not
// count as constants.
func Share(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
	same := equalConstants(m.Graph, keep)
	seen := map[string]*graphs.Node{}
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		same.rename(n)
		if !pure(n) {
			return nil
		}
		k := content(b, n)
		if k == "" {
			k = key(n)
		}
		first, ok := seen[k]
		if !ok {
			seen[k] = n
			return nil
		}
		return first.Outputs
	})
}

// equalConstants maps each constant that equals an earlier one to that one.
func equalConstants(g *graphs.Graph, keep map[string]bool) aliases {
	same, first := aliases{}, map[string]string{}
	inputs, outputs := namesOf(g.Inputs), namesOf(g.Outputs)
	for _, t := range g.Initializers {
		if keep[t.Name] || inputs[t.Name] || outputs[t.Name] || t.Type == graphs.String {
			continue
		}
		k := fmt.Sprint(t.Type, t.Dims) + string(t.Data)
		if name, ok := first[k]; ok {
			same[t.Name] = name
		} else {
			first[k] = t.Name
		}
	}
	return same
}

// pure reports whether a node's outputs depend on its inputs alone.
func pure(n *graphs.Node) bool { return !Draws(n) && n.IsStandard() && len(n.Subgraphs()) == 0 }

// Draws reports whether a node draws random numbers.
func Draws(n *graphs.Node) bool {
	switch n.StandardOp() {
	case "Dropout", "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike":
		return true
	}
	return false
}

// content is equal for nodes whose one output is known to hold the same
// integers, "" when an element is not known.
func content(b *graphs.Builder, n *graphs.Node) string {
	info := b.Info(n.Output(0))
	if len(n.Outputs) != 1 || info.Value == nil || info.Elem.IsFloat() {
		return ""
	}
	for _, e := range info.Value {
		if !e.Known && e.Symbol == "" {
			return ""
		}
	}
	return fmt.Sprint(info.Type, info.Value)
}

// commutative are operators that may exchange their operands.
var commutative = []string{"Add", "And", "Equal", "Mul", "Or", "Xor"}

// key is equal for nodes that compute the same: operator, inputs, attributes
// and which outputs are asked for.
func key(n *graphs.Node) string {
	var k strings.Builder
	inputs := n.Inputs
	if slices.Contains(commutative, n.Op) {
		inputs = slices.Sorted(slices.Values(inputs))
	}
	fmt.Fprintf(&k, "%s %q", n.Op, inputs)
	for _, a := range n.Attributes {
		if a.Tensor != nil {
			fmt.Fprintf(&k, " %s=%s%v%x", a.Name, a.Tensor.Type, a.Tensor.Dims, a.Tensor.Data)
			continue
		}
		fmt.Fprintf(&k, " %s=%v,%v,%q,%v,%v,%q", a.Name, a.Float, a.Int, a.Str, a.Floats, a.Ints, a.Strings)
	}
	for _, o := range n.Outputs {
		fmt.Fprintf(&k, " %t", o != "")
	}
	return k.String()
}
