package cpu

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

const (
	// tall is the number of rows from which on SumRows sums them by a product,
	// wide the width of the rows that it makes of several ones.
	tall, wide = 256, 4096
)

// SumRows returns a copy of m for a CPU, in which sums and means of the rows of
// tall matrices of floats are products with a row of ones: ONNX Runtime adds up
// single columns, through memory in strides, and takes ten times as long. Narrow
// rows are first added up in bundles, as one wide row each.
func SumRows(m *graphs.Model) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.StandardOp() != "ReduceMean" && n.StandardOp() != "ReduceSum" || b.Elem(n.Input(0)) != graphs.Float32 {
			return nil
		}
		shape, axes := b.Shape(n.Input(0)), passes.ReducedAxes(b, n)
		if len(shape) != 2 || !shape.IsStatic() || shape[0].Size < tall || !slices.Equal(axes, []int64{0}) {
			return nil
		}
		rows, columns := shape[0].Size, shape[1].Size
		bundle := largestDivisor(rows, max(1, wide/columns))
		weight := 1.0
		if n.Op == "ReduceMean" {
			weight = 1 / float64(rows)
		}
		sum := b.MatMul(b.Uniform(weight, 1, rows/bundle), b.ReshapeTo(n.Input(0), -1, bundle*columns))
		if bundle > 1 {
			sum = b.ReduceSum(b.ReshapeTo(sum, bundle, columns), true, 0)
		}
		return []string{b.ReshapeLike(sum, n.Outputs[0])}
	})
}

// largestDivisor returns the largest divisor of n up to a limit of at least 1.
func largestDivisor(n, limit int64) int64 {
	d := min(n, limit)
	for n%d != 0 {
		d--
	}
	return d
}
