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
//
// The same projections, unscaled, are the coordinates of a sample among the
// class means: they tell the nearest one.
type scatter struct {
	dim        int
	classes    []*centroid // μ_k; nil for an empty class
	centred    []float64   // M, K×dim; zero rows for empty classes
	projection []float64   // P, rank×dim
	kept       int         // its rows: the eigenvalues above the cut-off
	scale      []float64   // kept, √λ_j
	located    []float64   // K×kept, the class means in the basis V
	norms      []float64   // K, their squared norms; +Inf for an empty class
	complete   bool        // no class is empty
	between    float64
	within     sum // Σ_i ‖h_i − μ_{y_i}‖²
	projected  sum // Σ_i ‖P (h_i − μ_{y_i})‖²

	rowWithin, rowProjected []float64 // scratch of a batch: the terms of each row,
	rowNearest              []int     // and its nearest class mean
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
	if s.between == 0 {
		return s, nil
	}
	if err := s.whiten(); err != nil {
		return nil, err
	}
	s.locate()
	return s, nil
}

// whiten finds P, and what it scales by, from the class means.
func (s *scatter) whiten() error {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(len(s.classes), s.dim, s.centred), mat.SVDThinV) {
		return errors.New("metrics: the singular value decomposition of the class means does not converge")
	}
	var v mat.Dense
	svd.VTo(&v)
	values := svd.Values(nil) // descending
	cut := float64(s.dim) * epsilon * values[0] * values[0]
	for j, value := range values {
		if value*value <= cut {
			break
		}
		scale := value / math.Sqrt(float64(len(s.classes)))
		row := mat.Col(nil, j, &v)
		floats.Scale(1/scale, row)
		s.projection, s.scale = append(s.projection, row...), append(s.scale, scale)
	}
	s.kept = len(s.scale)
	return nil
}

// locate computes the class means' coordinates in the basis V, and their norms.
func (s *scatter) locate() {
	s.located, s.norms = make([]float64, len(s.classes)*s.kept), make([]float64, len(s.classes))
	for k, c := range s.classes {
		mean := s.located[k*s.kept : (k+1)*s.kept]
		for j, scale := range s.scale {
			mean[j] = scale * floats.Dot(s.centred[k*s.dim:(k+1)*s.dim], s.projection[j*s.dim:(j+1)*s.dim])
		}
		if s.norms[k] = floats.Dot(mean, mean); c == nil {
			s.norms[k] = math.Inf(1)
		}
	}
}

// add takes in a batch: its vectors and their classes, -1 for one that is left
// out.
func (s *scatter) add(values []float64, labels []int) {
	s.begin(len(labels))
	tiles(len(labels), s.width(), func(scratch []float64, from, to int) {
		s.measure(values, labels, scratch, from, to)
	})
	s.end()
}

// begin makes room for the terms of n rows.
func (s *scatter) begin(n int) {
	s.rowWithin, s.rowProjected, s.rowNearest = resize(s.rowWithin, n), resize(s.rowProjected, n), resize(s.rowNearest, n)
}

// width is the scratch that measure needs for a row.
func (s *scatter) width() int { return s.dim + s.kept + len(s.classes) }

// measure fills the terms of the rows [from, to), a tile.
func (s *scatter) measure(values []float64, labels []int, scratch []float64, from, to int) {
	// Whole groups of four rows, because the kernel adds up a row in another
	// order when it is alone; what lies behind the last row is not read.
	rows := (to - from + 3) / 4 * 4
	deviations, scratch := scratch[:rows*s.dim], scratch[rows*s.dim:]
	z, scratch := scratch[:rows*s.kept], scratch[rows*s.kept:]
	for i := from; i < to; i++ {
		deviation := deviations[(i-from)*s.dim : (i-from+1)*s.dim]
		if labels[i] < 0 {
			clear(deviation)
			s.rowWithin[i] = 0
			continue
		}
		s.rowWithin[i] = s.classes[labels[i]].deviate(deviation, values[i*s.dim:(i+1)*s.dim])
	}
	for j := range s.kept {
		blas64.Gemv(blas.NoTrans, 1, general(deviations, rows, s.dim), vector(s.projection[j*s.dim:(j+1)*s.dim]), 0, vector(z[j*rows:(j+1)*rows]))
	}
	for i := from; i < to; i++ {
		u := deviations[(i-from)*s.dim:][:s.kept] // done with
		total := 0.0
		for j, scale := range s.scale {
			v := z[j*rows+i-from]
			total += v * v
			u[j] = v * scale
		}
		s.rowProjected[i] = total
	}
	s.nearest(labels[from:to], deviations, z, scratch, s.rowNearest[from:to])
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
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
