package training

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// unbake returns a copy of the net's graph, whose input has a symbolic batch,
// in which the constant targets of Reshape and Expand that an exporter filled
// with the batch size it saw follow the batch instead.
func (net *Net) unbake(batch graphs.Dim, own int64) (*graphs.Model, error) {
	return passes.Rewrite(net.Model, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.Op != "Reshape" && n.Op != "Expand" {
			return nil
		}
		target := b.Info(n.Input(1)).Const
		if target == nil || target.Type != graphs.Int64 || len(target.Dims) != 1 || target.Len() == 0 {
			return nil
		}
		dims := target.Ints()
		x := b.Shape(n.Input(0))
		switch {
		case dims[0] != own || len(x) == 0:
			return nil
		case n.Op == "Expand":
			return []string{b.Expand(n.Input(0), follow(b, net.Input, dims))}
		case x[0].Equals(batch) && n.Int("allowzero", 0) == 0:
			dims = slices.Clone(dims)
			dims[0] = 0 // copied from the input
			return []string{b.ReshapeTo(n.Input(0), dims...)}
		case !slices.Contains(dims, -1):
			dims = slices.Clone(dims)
			dims[0] = -1
			return []string{b.ReshapeTo(n.Input(0), dims...)}
		}
		return nil
	})
}

// follow returns dims with the batch size of x at run time as the first.
func follow(b *graphs.Builder, x string, dims []int64) string {
	size := b.Gather(b.Op("Shape", []string{x}), b.Ints(0), 0)
	return b.Op("Concat", []string{size, b.Ints(dims[1:]...)}, graphs.Int("axis", 0))
}
