package layout

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Maxima returns a copy of m in which the larger of two values, as Places writes
// it, is one operator, and exact:
//
//	a + max(0, b − a) is max(a, b)    x + (−y) is x − y
//
// The second is what the gradient by a is made of.
func Maxima(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		if n.Op != "Add" {
			return nil
		}
		for i, a := range n.Inputs {
			other := k.Maker(n.Inputs[1-i])
			if other.Is("Neg") {
				return []string{k.Sub(a, other.Input(0))}
			}
			if !other.Is("Relu") {
				continue
			}
			if above := k.Maker(other.Input(0)); above.Is("Sub") && above.Input(1) == a {
				return []string{k.Op("Max", []string{a, above.Input(0)})}
			}
		}
		return nil
	})
}
