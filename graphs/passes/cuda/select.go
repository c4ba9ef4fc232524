package cuda

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Select returns a copy of m in which a product with a truth value cast to a
// number is a choice between the other factor and 0: two operators in place of
// three. GPUs choose as fast as they multiply; ONNX Runtime on a CPU does not.
func Select(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		if n.Op != "Mul" {
			return nil
		}
		for i, name := range n.Inputs {
			cast, other := k.Maker(name), n.Input(1-i)
			if !cast.Is("Cast") || k.Elem(cast.Input(0)) != graphs.Bool || !k.Shape(other).Equals(k.Shape(n.Output(0))) {
				continue
			}
			return []string{k.Where(cast.Input(0), other, k.Like(other, 0))}
		}
		return nil
	})
}
