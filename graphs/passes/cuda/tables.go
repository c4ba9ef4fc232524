package cuda

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// atOnce is how many pieces ONNX Runtime's CUDA provider joins, or cuts off
// evenly, without a table of their addresses.
const atOnce = 32

// NoTables returns a copy of m in which
//   - a Split into pieces of different sizes is a Slice for each run of equal
//     ones, and a Split of the slice into these;
//   - a Concat of many values is one of Concats of few;
//   - a MatMul of two batches that differ is one of two that do not.
//
// For others the CUDA provider writes tables in host memory and copies them over
// each time, for a Split one of all elements along the axis: that takes longer
// than the Split, and cannot be recorded. A session on a GPU keeps ONNX Runtime
// from joining the Slices again.
func NoTables(m *graphs.Model) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		switch n.StandardOp() {
		case "Split":
			return cutEvenly(b, n)
		case "Concat":
			return joinFew(b, n)
		case "MatMul":
			return alikeBatches(b, n)
		}
		return nil
	})
}

func joinFew(b *graphs.Builder, n *graphs.Node) []string {
	if len(n.Inputs) <= atOnce {
		return nil
	}
	parts := n.Inputs
	for len(parts) > 1 {
		var joined []string
		for few := range slices.Chunk(parts, atOnce) {
			joined = append(joined, b.Op("Concat", few, n.Attributes...))
		}
		parts = joined
	}
	return parts
}

func cutEvenly(b *graphs.Builder, n *graphs.Node) []string {
	shape := b.Shape(n.Input(0))
	axis := n.Int("axis", 0)
	if axis < 0 {
		axis += int64(len(shape))
	}
	if shape == nil || !shape[axis].IsKnown() {
		return nil
	}
	var sizes []int64
	for _, o := range n.Outputs {
		if b.Shape(o) == nil || !b.Shape(o)[axis].IsKnown() {
			return nil
		}
		sizes = append(sizes, b.Shape(o)[axis].Size)
	}
	if runs := runsOf(sizes); len(runs) > 1 {
		return cut(b, n.Input(0), axis, runs)
	}
	return nil
}

// pieces are a number of consecutive ones of one size.
type pieces struct {
	size  int64
	count int
}

func runsOf(sizes []int64) []pieces {
	var runs []pieces
	for _, size := range sizes {
		if last := len(runs) - 1; last >= 0 && runs[last].size == size && runs[last].count < atOnce {
			runs[last].count++
		} else {
			runs = append(runs, pieces{size, 1})
		}
	}
	return runs
}

func (p pieces) length() int64 { return p.size * int64(p.count) }

// cut returns the pieces of x along an axis.
func cut(b *graphs.Builder, x string, axis int64, runs []pieces) (names []string) {
	var at int64
	for _, r := range runs {
		end := at + r.length()
		part := b.Op("Slice", []string{x, b.Ints(at), b.Ints(end), b.Ints(axis)})
		if at = end; r.count == 1 {
			names = append(names, part)
			continue
		}
		sizes := b.Ints(slices.Repeat([]int64{r.size}, r.count)...)
		names = append(names, b.Node("Split", []string{part, sizes}, r.count, graphs.Int("axis", axis))...)
	}
	return names
}
