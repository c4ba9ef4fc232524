package search

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// process is a Gaussian process of mean 0 with the kernel
//
//	k(x, x') = a (1 + √5 r + 5/3 r²) exp(−√5 r),  r² = Σ (x_j − x'_j)² / ℓ_j²
//
// (Matérn 5/2, one length ℓ a parameter) and independent noise. Its parameters
// θ = (ln ℓ_1 … ln ℓ_d, ln a, ln noise) have normal priors; the noise is a
// variance.
type process struct {
	x      [][]float64 // n × features
	y      []float64   // n
	groups []int       // parameter of each feature
	theta  []float64

	ok       bool // whether the matrices below are of theta
	chol     mat.Cholesky
	weights  mat.VecDense // K⁻¹ y
	k        *mat.SymDense
	distance []float64 // r of each pair i ≥ j
}

// priors of ln ℓ, ln a and ln noise.
type prior struct{ mean, sd float64 }

var (
	lengthPrior    = prior{-0.4, 1}
	amplitudePrior = prior{0, 1}
	noisePrior     = prior{-9, 2}
)

func (p prior) cost(v float64) float64  { return (v - p.mean) * (v - p.mean) / (2 * p.sd * p.sd) }
func (p prior) slope(v float64) float64 { return (v - p.mean) / (p.sd * p.sd) }

// dims is the number of parameters of the space.
func (m *process) dims() int { return m.groups[len(m.groups)-1] + 1 }

// start returns θ with all lengths the same.
func (m *process) start(logLength float64) []float64 {
	theta := make([]float64, m.dims()+2)
	for i := range m.dims() {
		theta[i] = logLength
	}
	theta[m.dims()+1] = noisePrior.mean
	return theta
}

// at sets θ.
func (m *process) at(theta []float64) *process {
	for i, v := range theta {
		if m.theta == nil || m.theta[i] != v {
			m.theta = append([]float64(nil), theta...)
			m.factorise()
			break
		}
	}
	return m
}

func (m *process) amplitude() float64 { return math.Exp(m.theta[m.dims()]) }
func (m *process) noise() float64     { return math.Exp(m.theta[m.dims()+1]) }

// factorise computes the kernel matrix and its Cholesky factor.
func (m *process) factorise() {
	n := len(m.x)
	m.k, m.distance = mat.NewSymDense(n, nil), make([]float64, n*(n+1)/2)
	scale := m.scales()
	for i := range n {
		for j := range i + 1 {
			r := distance(m.x[i], m.x[j], scale)
			m.distance[i*(i+1)/2+j] = r
			m.k.SetSym(i, j, m.amplitude()*matern(r))
		}
		m.k.SetSym(i, i, m.amplitude()+m.noise()+1e-8)
	}
	m.ok = m.chol.Factorize(m.k)
	if m.ok {
		m.weights.Reset()
		m.ok = m.chol.SolveVecTo(&m.weights, mat.NewVecDense(n, m.y)) == nil
	}
}

// scales returns 1/ℓ of every feature.
func (m *process) scales() []float64 {
	out := make([]float64, len(m.groups))
	for f, g := range m.groups {
		out[f] = math.Exp(-m.theta[g])
	}
	return out
}

func distance(a, b, scale []float64) float64 {
	sum := 0.0
	for f := range a {
		d := (a[f] - b[f]) * scale[f]
		sum += d * d
	}
	return math.Sqrt(sum)
}

func matern(r float64) float64 {
	t := math.Sqrt(5) * r
	return (1 + t + t*t/3) * math.Exp(-t)
}

// negLogPosterior is −ln p(y | θ) − ln p(θ), up to a constant; +Inf where the
// matrix is singular to rounding.
func (m *process) negLogPosterior() float64 {
	if !m.ok {
		return math.Inf(1)
	}
	d := m.dims()
	cost := mat.Dot(mat.NewVecDense(len(m.y), m.y), &m.weights)/2 + m.chol.LogDet()/2
	for i := range d {
		cost += lengthPrior.cost(m.theta[i])
	}
	return cost + amplitudePrior.cost(m.theta[d]) + noisePrior.cost(m.theta[d+1])
}

// gradient is that of negLogPosterior: ½ tr((K⁻¹ − w wᵀ) ∂K/∂θ) and the priors'.
// With D_j the pair's squared distance along parameter j over ℓ_j²,
//
//	∂k/∂ln ℓ_j = a 5/3 (1 + √5 r) exp(−√5 r) D_j
func (m *process) gradient(grad []float64) {
	d, n := m.dims(), len(m.x)
	for i := range grad {
		grad[i] = 0
	}
	if !m.ok {
		return
	}
	var inverse mat.SymDense
	if err := m.chol.InverseTo(&inverse); err != nil {
		return // singular to rounding: the search ends here
	}
	scale := m.scales()
	for i := range n {
		for j := range i + 1 {
			c := inverse.At(i, j) - m.weights.AtVec(i)*m.weights.AtVec(j)
			if i == j {
				grad[d] += c / 2 * m.amplitude()
				grad[d+1] += c / 2 * m.noise()
				continue
			}
			r := m.distance[i*(i+1)/2+j]
			grad[d] += c * m.k.At(i, j)
			t := math.Sqrt(5) * r
			common := c * m.amplitude() * 5 / 3 * (1 + t) * math.Exp(-t)
			for f, g := range m.groups {
				along := (m.x[i][f] - m.x[j][f]) * scale[f]
				grad[g] += common * along * along
			}
		}
	}
	for i := range d {
		grad[i] += lengthPrior.slope(m.theta[i])
	}
	grad[d] += amplitudePrior.slope(m.theta[d])
	grad[d+1] += noisePrior.slope(m.theta[d+1])
}

// predict returns the mean and the standard deviation of the loss at a point's
// features, without the noise.
func (m *process) predict(x []float64) (mean, sd float64) {
	n := len(m.x)
	k := mat.NewVecDense(n, nil)
	scale := m.scales()
	for i := range n {
		k.SetVec(i, m.amplitude()*matern(distance(x, m.x[i], scale)))
	}
	mean = mat.Dot(k, &m.weights)
	var half mat.VecDense
	if err := half.SolveVec(m.chol.RawU().T(), k); err != nil {
		return mean, 0
	}
	return mean, math.Sqrt(max(m.amplitude()-mat.Dot(&half, &half), 1e-12))
}
