package cuda

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// LargeFirst returns a copy of m in which the larger factor of a product, or
// term of a sum, comes first: ONNX Runtime's CUDA provider has kernels of their
// own for a smaller one behind it, a fifth faster.
func LargeFirst(m *graphs.Model) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.StandardOp() != "Add" && n.StandardOp() != "Mul" || !fewer(b, n.Input(0), n.Input(1)) {
			return nil
		}
		return []string{b.Op(n.Op, []string{n.Input(1), n.Input(0)}, n.Attributes...)}
	})
}
