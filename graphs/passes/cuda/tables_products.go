package cuda

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// alikeBatches replaces a product of several matrices that the CUDA provider
// would find by a table of their addresses: any but one of as many on either
// side, and one of a single matrix on the right. What is broadcast is expanded,
// or, if it is one matrix A on the left and larger than what that saves, put on
// the right: A·X = (Xᵀ·Aᵀ)ᵀ.
func alikeBatches(b *graphs.Builder, n *graphs.Node) []string {
	left, right := n.Input(0), n.Input(1)
	if !takesAddresses(b.Shape(left), b.Shape(right)) {
		return nil
	}
	if len(b.Shape(left)) == 1 {
		left = b.Unsqueeze(left, 0)
	}
	if len(b.Shape(right)) == 1 {
		return []string{b.ReshapeLike(b.MatMul(left, b.Unsqueeze(right, 1)), n.Output(0))}
	}
	a, x := b.Shape(left), b.Shape(right)
	var y string
	if rows, terms, columns := a[len(a)-2].Size, a[len(a)-1].Size, x[len(x)-1].Size; count(batchOf(a)) == 1 && rows*terms > 2*columns*(rows+terms) {
		y = b.SwapLast(b.MatMul(b.SwapLast(right), b.SwapLast(b.ReshapeTo(left, rows, terms))))
	} else {
		common, err := graphs.Broadcast(a[:len(a)-2], x[:len(x)-2])
		if err != nil {
			return nil // the runtime will say what is wrong with it
		}
		y = b.MatMul(batched(b, left, common), batched(b, right, common))
	}
	return []string{b.ReshapeLike(y, n.Output(0))}
}

// takesAddresses reports whether matrices of these shapes, as far as they are
// known, would be multiplied by a table of their addresses.
func takesAddresses(a, x graphs.Shape) bool {
	switch {
	case !a.IsStatic() || !x.IsStatic() || len(a) < 3 && len(x) < 3:
		return false
	case len(a) == 1 || len(x) == 1:
		return true
	}
	return count(batchOf(x)) > 1 && !slices.Equal(batchOf(a), batchOf(x))
}

// batchOf is how many matrices a value holds, along each axis, without the first
// ones that count none.
func batchOf(s graphs.Shape) []int64 {
	dims := s[:len(s)-2].Dims()
	for len(dims) > 0 && dims[0] == 1 {
		dims = dims[1:]
	}
	return dims
}

// count is the number of matrices of a batch.
func count(batch []int64) int64 {
	n, _ := graphs.StaticShape(batch...).Elements()
	return n
}

// batched returns matrices expanded to a batch.
func batched(b *graphs.Builder, x string, batch graphs.Shape) string {
	shape := b.Shape(x)
	if slices.Equal(batchOf(shape), batchOf(append(slices.Clone(batch), shape[len(shape)-2:]...))) {
		return x
	}
	return b.Expand(x, b.Ints(append(batch.Dims(), shape[len(shape)-2:].Dims()...)...))
}
