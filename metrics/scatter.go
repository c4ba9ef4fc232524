package metrics

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

const (
	// epsilon is the spacing of float64 at 1.
	epsilon = 0x1p-52
	// degenerate is the share of tr Σ_W under which tr Σ_B is rounding: the
	// class means differ by less than 1e-14 of the spread around them.
	degenerate = 1e-28
)

// scatter measures the within-class covariance Σ_W of n×dim vectors against
// the between-class covariance Σ_B without forming either.
//
// With M the K×dim matrix of centred class means, Σ_B = MᵀM/K, and the singular
// value decomposition M = U S Vᵀ gives its eigenvectors V and eigenvalues
// λ = s²/K. (It diagonalises the K×K matrix M Mᵀ without squaring the rounding
// of the small eigenvalues.) So
//
//	tr(Σ_W Σ_B⁺) = 1/N Σ_i ‖P (h_i − μ_{y_i})‖²,   row j of P = v_jᵀ/√λ_j
//
// over the λ_j above the pseudo-inverse's cut-off, dim·eps·λ_max.
type scatter struct {
	dim        int
	classes    []*centroid // μ_k; nil for an empty class
	centred    []float64   // M, K×dim; zero rows for empty classes
	projection []float64   // P, rank×dim
	kept       int         // its rows: the eigenvalues above the cut-off
	complete   bool        // no class is empty
	between    float64
	within     sum // Σ_i ‖h_i − μ_{y_i}‖²
	projected  sum // Σ_i ‖P (h_i − μ_{y_i})‖²

	rowWithin, rowProjected []float64 // scratch of a batch: the terms of each row
}

// newScatter prepares the second pass from the means of the first.
func newScatter(classes []*centroid, dim int) (*scatter, error) {
	s := &scatter{dim: dim, classes: classes, centred: make([]float64, len(classes)*dim), complete: true}
	global := pool(present(classes))
	for k, c := range classes {
		if c == nil {
			s.complete = false
			continue
		}
		row := c.minus(s.centred[k*dim:(k+1)*dim], global)
		s.between += floats.Dot(row, row) / float64(len(classes))
	}
	if !s.complete || s.between == 0 {
		return s, nil
	}
	var err error
	s.projection, err = whitening(s.centred, len(classes), dim)
	s.kept = len(s.projection) / dim
	return s, err
}

// whitening is P, rank×dim, for the K×dim matrix of centred class means.
func whitening(centred []float64, classes, dim int) ([]float64, error) {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(classes, dim, centred), mat.SVDThinV) {
		return nil, errors.New("metrics: the singular value decomposition of the class means does not converge")
	}
	var v mat.Dense
	svd.VTo(&v)
	var p []float64
	values := svd.Values(nil) // descending
	cut := float64(dim) * epsilon * values[0] * values[0]
	for j, s := range values {
		if s*s <= cut {
			break
		}
		row := mat.Col(nil, j, &v)
		floats.Scale(math.Sqrt(float64(classes))/s, row)
		p = append(p, row...)
	}
	return p, nil
}

// add takes in a batch: its vectors and their labels.
func (s *scatter) add(values []float64, labels []int) {
	s.begin(len(labels))
	tiles(len(labels), s.dim, func(scratch []float64, from, to int) {
		s.measure(values, labels, scratch, from, to)
	})
	s.end()
}

// begin makes room for the terms of n rows.
func (s *scatter) begin(n int) {
	s.rowWithin, s.rowProjected = resize(s.rowWithin, n), resize(s.rowProjected, n)
}

// measure fills the terms of the rows [from, to), a tile.
func (s *scatter) measure(values []float64, labels []int, scratch []float64, from, to int) {
	for i := from; i < to; i++ {
		deviation := scratch[(i-from)*s.dim : (i-from+1)*s.dim]
		s.rowWithin[i] = s.classes[labels[i]].deviate(deviation, values[i*s.dim:(i+1)*s.dim])
	}
	// Whole groups of four rows, because the kernel adds up a row in another
	// order when it is alone; what lies behind the last row is not read.
	rows := (to - from + 3) / 4 * 4
	var z [tileRows]float64
	var squared [tileRows]float64
	for j := range s.kept {
		blas64.Gemv(blas.NoTrans, 1, general(scratch, rows, s.dim), vector(s.projection[j*s.dim:(j+1)*s.dim]), 0, vector(z[:rows]))
		for i, v := range z[:rows] {
			squared[i] += v * v
		}
	}
	copy(s.rowProjected[from:to], squared[:])
}

// end adds up the terms in the order of the rows.
func (s *scatter) end() {
	for i := range s.rowWithin {
		s.within.add(s.rowWithin[i])
		s.projected.add(s.rowProjected[i])
	}
}

// traceWithin is tr Σ_W.
func (s *scatter) traceWithin(n int) Float { return Float(s.within.value() / float64(n)) }

// traceBetween is tr Σ_B, NaN with an empty class.
func (s *scatter) traceBetween() Float {
	if !s.complete {
		return undefined
	}
	return Float(s.between)
}

// separated tells whether the class means differ at all.
func (s *scatter) separated(n int) bool {
	return s.between > degenerate*s.within.value()/float64(n)
}

// nc1 is tr(Σ_W Σ_B⁺)/K, NaN with an empty class or when all class means agree.
func (s *scatter) nc1(n int) Float {
	if !s.complete || !s.separated(n) {
		return undefined
	}
	return Float(s.projected.value() / float64(n) / float64(len(s.classes)))
}

// rank is the number of eigenvalues of Σ_B that its pseudo-inverse keeps, nil
// with an empty class.
func (s *scatter) rank(n int) *int {
	if !s.complete {
		return nil
	}
	rank := s.kept
	if !s.separated(n) {
		rank = 0
	}
	return &rank
}

// resize returns a slice of n values, reusing the memory of s where it can.
func resize(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}
