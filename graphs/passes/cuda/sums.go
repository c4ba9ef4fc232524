package cuda

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// longestSum is the most terms of a sum that MultiplySums takes: more are for many
// threads at once.
const longestSum = 4096

// MultiplySums returns a copy of m in which short sums and means along the rows
// or the columns of a matrix are products with a vector of equal numbers:
//
//	Σ_j x_ij = (x·1)_i    Σ_i x_ij = (1ᵀ·x)_j
//
// times a constant, if that is what is done with the sum. ONNX Runtime's CUDA
// provider has up to three operators for each, of a microsecond or two. The
// products must not be rounded to TensorFloat-32.
func MultiplySums(m *graphs.Model) (*graphs.Model, error) {
	sums := map[string]*shortSum{}
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		switch n.Op {
		case "ReduceMean", "ReduceSum":
			s := newShortSum(k, n)
			if s == nil {
				return nil
			}
			product := s.product(k, s.weight, n.Output(0))
			sums[product] = s
			return []string{product}
		case "Mul":
			name, c, ok := readMultiple(k, n)
			if s := sums[name]; ok && s != nil && k.Reads(name) == 1 && k.Shape(name).Equals(k.Shape(n.Output(0))) {
				return []string{s.product(k, s.weight*c, n.Output(0))}
			}
		}
		return nil
	})
}

// shortSum is a weighted sum along the rows or the columns of a matrix.
type shortSum struct {
	x             string
	rows, columns int64
	along         bool // the rows; else the columns
	weight        float64
}

// newShortSum reads a node as one, nil if it is none.
func newShortSum(k *passes.Known, n *graphs.Node) *shortSum {
	shape, axes := k.Shape(n.Input(0)), passes.ReducedAxes(k.Builder, n)
	if k.Elem(n.Input(0)) != graphs.Float32 || !shape.IsStatic() || len(shape) < 2 || len(axes) != 1 {
		return nil
	}
	axis := axes[0]
	terms := shape[axis].Size
	before, _ := shape[:axis].Elements()
	behind, _ := shape[axis+1:].Elements()
	if terms < 2 || terms > longestSum || before != 1 && behind != 1 || before*behind < 2 {
		return nil
	}
	s := &shortSum{x: n.Input(0), rows: before, columns: terms, along: true, weight: 1}
	if before == 1 {
		s.rows, s.columns, s.along = terms, behind, false
	}
	if n.Op == "ReduceMean" {
		s.weight = 1 / float64(terms)
	}
	return s
}

// product appends the sum in the form of a product, in the shape of like.
func (s *shortSum) product(k *passes.Known, weight float64, like string) string {
	matrix := k.ReshapeTo(s.x, s.rows, s.columns)
	if s.along {
		return k.ReshapeLike(k.MatMul(matrix, k.Uniform(weight, s.columns, 1)), like)
	}
	return k.ReshapeLike(k.MatMul(k.Uniform(weight, 1, s.rows), matrix), like)
}
