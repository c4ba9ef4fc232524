package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// ReducedAxes are those that a reduction runs over, counted from the front, in
// order; nil where they or the rank are not known.
func ReducedAxes(b *graphs.Builder, n *graphs.Node) []int64 {
	axes, shape := b.Info(n.Input(1)).Const, b.Shape(n.Input(0))
	if axes == nil || shape == nil {
		return nil
	}
	return FromFront(axes.Ints(), len(shape))
}

// OverBatch reports whether axes, as ReducedAxes returns them, are all but that
// of the channels, 1, of values N×C×….
func OverBatch(axes []int64, rank int) bool {
	return rank > 1 && slices.Equal(axes, append([]int64{0}, Span(2, int64(rank))...))
}

// FromFront returns axes of a value of the given rank counted from the front, in
// order.
func FromFront(axes []int64, rank int) []int64 {
	out := slices.Clone(axes)
	for i, a := range out {
		if a < 0 {
			out[i] = a + int64(rank)
		}
	}
	slices.Sort(out)
	return out
}

// Span returns the numbers from first to before end.
func Span(first, end int64) []int64 {
	var out []int64
	for i := first; i < end; i++ {
		out = append(out, i)
	}
	return out
}

// MeanOf makes a sum of elements of x, both of known shapes, their mean.
func MeanOf(b *graphs.Builder, x, sum string) string {
	all, _ := b.Shape(x).Elements()
	sums, _ := b.Shape(sum).Elements()
	return b.Scale(sum, float64(sums)/float64(all))
}

// Permutation returns the axes of a Transpose of a tensor of known rank, nil
// when they are none.
func Permutation(n *graphs.Node, rank int) []int64 {
	perm := n.Ints("perm")
	if perm == nil {
		perm = make([]int64, rank)
		for i := range perm {
			perm[i] = int64(rank - 1 - i)
		}
	}
	sorted := slices.Sorted(slices.Values(perm))
	if len(perm) != rank || rank == 0 || !isIdentity(sorted) {
		return nil
	}
	return perm
}

func isIdentity(perm []int64) bool {
	for i, axis := range perm {
		if axis != int64(i) {
			return false
		}
	}
	return true
}
