package report

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// plane maps features to the two coordinates of a scatter figure: to
// themselves for d ≤ 2, else to the first two principal components. Train and
// test samples of a run share one plane, so that dilation shows.
type plane struct {
	mean []float64    // d
	axes [2][]float64 // orthonormal, d each; the second is zero for d = 1
	// explained is the share of the total variance along each axis; NaN where
	// the plane is not of principal components or there is no variance.
	explained [2]float64
}

// newPlane fits the plane to the training features, or to the test features
// where there are no others. Features that are not finite are left out.
func newPlane(train, test *Points) plane {
	points := train
	if points == nil || len(points.Labels) == 0 {
		points = test
	}
	d := points.Dim
	pl := plane{mean: make([]float64, d), explained: [2]float64{math.NaN(), math.NaN()}}
	if d <= 2 {
		for k := range pl.axes {
			pl.axes[k] = make([]float64, d)
			if k < d {
				pl.axes[k][k] = 1
			}
		}
		return pl
	}
	cov := newCovariance(points)
	pl.mean = cov.mean
	values, vectors := cov.leading()
	for k := range pl.axes {
		pl.axes[k] = vectors[k]
		pl.explained[k] = values[k] / cov.total
	}
	return pl
}

// project returns the coordinates of a feature vector in the plane.
func (pl plane) project(h []float32) (x, y float64) {
	for j, v := range h {
		c := float64(v) - pl.mean[j]
		x += c * pl.axes[0][j]
		y += c * pl.axes[1][j]
	}
	return x, y
}

// boundary is the line a·x + b·y + c = 0 in the plane.
type boundary struct{ a, b, c float64 }

// boundary returns the intersection of the plane through the mean with the
// decision boundary of two classes, (w₀ − w₁)·h + (b₀ − b₁) = 0. Not ok where
// the two are parallel.
func (pl plane) boundary(c *Classifier) (line boundary, ok bool) {
	d := len(pl.mean)
	v := make([]float64, d)
	for j := range v {
		v[j] = float64(c.Weight[j]) - float64(c.Weight[d+j])
	}
	line = boundary{floats.Dot(v, pl.axes[0]), floats.Dot(v, pl.axes[1]), floats.Dot(v, pl.mean)}
	if c.Bias != nil {
		line.c += float64(c.Bias[0]) - float64(c.Bias[1])
	}
	return line, math.Hypot(line.a, line.b) > 1e-9*floats.Norm(v, 2)
}

// covariance applies the covariance matrix of the finite rows of points
// without forming its d×d entries.
type covariance struct {
	points *Points
	rows   []int
	mean   []float64
	total  float64 // trace: the total variance
}

func newCovariance(points *Points) *covariance {
	c := &covariance{points: points, mean: make([]float64, points.Dim)}
	for i := range points.Labels {
		if finiteRow(points.row(i)) {
			c.rows = append(c.rows, i)
		}
	}
	for _, i := range c.rows {
		for j, v := range points.row(i) {
			c.mean[j] += float64(v) / float64(len(c.rows))
		}
	}
	for _, i := range c.rows {
		for j, v := range points.row(i) {
			c.total += (float64(v) - c.mean[j]) * (float64(v) - c.mean[j]) / float64(len(c.rows))
		}
	}
	return c
}

// krylovBlock and krylovBasis are the width of the block and of the whole
// basis of the principal components' subspace. In at most krylovBasis
// dimensions the components are exact.
const (
	krylovBlock = 8
	krylovBasis = 48
)

// leading returns the two largest eigenvalues of the covariance and their
// eigenvectors, by Rayleigh–Ritz on a block Krylov subspace: near neural
// collapse the K−1 largest eigenvalues are almost equal, which a block handles
// and single-vector iterations do not. (Musco and Musco, Randomized block
// Krylov methods, NeurIPS 2015, Algorithm 2; here with a fixed start.)
func (c *covariance) leading() (values [2]float64, vectors [2][]float64) {
	basis := c.krylov()
	image := c.apply(basis)
	var small mat.Dense
	small.Mul(basis.T(), image)
	n, _ := small.Dims()
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			symmetric.SetSym(i, j, (small.At(i, j)+small.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		panic("report: eigendecomposition of a finite symmetric matrix failed")
	}
	var ritz, full mat.Dense
	eigen.VectorsTo(&ritz)
	full.Mul(basis, &ritz)
	sorted := eigen.Values(nil) // ascending
	for k := range values {
		values[k] = max(sorted[n-1-k], 0)
		vectors[k] = mat.Col(nil, n-1-k, &full)
		fixSign(vectors[k])
	}
	return values, vectors
}

// krylov returns an orthonormal basis, d×min(d, krylovBasis), of the space
// spanned by a start block and its images under powers of the covariance.
func (c *covariance) krylov() *mat.Dense {
	d := c.points.Dim
	width := min(d, krylovBasis)
	basis := mat.NewDense(d, width, nil)
	if width == d {
		for j := range d {
			basis.Set(j, j, 1)
		}
		return basis
	}
	block := startBlock(d)
	for at := 0; at < width; at += krylovBlock {
		for k := range krylovBlock {
			basis.SetCol(at+k, orthonormal(basis, at+k, mat.Col(nil, k, block)))
		}
		block = c.apply(mat.DenseCopyOf(basis.Slice(0, d, at, at+krylovBlock)))
	}
	return basis
}

// startBlock returns d×krylovBlock numbers without structure: the fractional
// parts of multiples of irrational numbers.
func startBlock(d int) *mat.Dense {
	block := mat.NewDense(d, krylovBlock, nil)
	for k := range krylovBlock {
		for j := range d {
			_, frac := math.Modf(float64(j+1) * math.Sqrt(float64(2+5*k+k*k)) * math.Phi)
			block.Set(j, k, frac-0.5)
		}
	}
	return block
}

// orthonormal makes v orthogonal to the first n columns of basis, twice for
// rounding, and of length one. A v within their span is replaced by the first
// unit vector that is not.
func orthonormal(basis *mat.Dense, n int, v []float64) []float64 {
	for unit := 0; ; unit++ {
		before := floats.Norm(v, 2)
		for range 2 {
			for k := range n {
				column := mat.Col(nil, k, basis)
				floats.AddScaled(v, -floats.Dot(v, column), column)
			}
		}
		if norm := floats.Norm(v, 2); norm > 1e-8*before && norm > 0 {
			floats.Scale(1/norm, v)
			return v
		}
		v = make([]float64, len(v))
		v[unit] = 1
	}
}

// apply returns the covariance times block (d×b).
func (c *covariance) apply(block *mat.Dense) *mat.Dense {
	const chunk = 512
	d, b := block.Dims()
	out := mat.NewDense(d, b, nil)
	for at := 0; at < len(c.rows); at += chunk {
		rows := c.rows[at:min(at+chunk, len(c.rows))]
		centred := mat.NewDense(len(rows), d, nil)
		for r, i := range rows {
			to := centred.RawRowView(r)
			for j, v := range c.points.row(i) {
				to[j] = float64(v) - c.mean[j]
			}
		}
		var scores, image mat.Dense
		scores.Mul(centred, block)
		image.Mul(centred.T(), &scores)
		out.Add(out, &image)
	}
	if len(c.rows) > 0 {
		out.Scale(1/float64(len(c.rows)), out)
	}
	return out
}

// fixSign makes the entry of largest magnitude positive.
func fixSign(v []float64) {
	largest := 0
	for j := range v {
		if math.Abs(v[j]) > math.Abs(v[largest])*(1+1e-9) {
			largest = j
		}
	}
	if v[largest] < 0 {
		floats.Scale(-1, v)
	}
}

func finiteRow(h []float32) bool {
	for _, v := range h {
		if !finite(float64(v)) {
			return false
		}
	}
	return true
}
