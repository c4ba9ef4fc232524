package metrics

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Matrix is row-major.
type Matrix struct {
	Name       string // its symbol in ASCII: sigma_w
	Rows, Cols int
	Data       []float64
}

// Matrices are what the original keeps of every epoch in info.pkl (MD
// validate_NC.py:269-304), all in float64:
//
//	W                K×d  classifier                    b               K×1
//	H                d×K  columns μ_k − μ_G              mu_G            d×1  global mean
//	sigma_w, sigma_b d×d  Σ_W, Σ_B                      sigma_w_logits, sigma_b_logits K×K
//
// W and b are missing without a classifier, those of the logits without
// logits, H, sigma_b and sigma_b_logits with an empty class.
type Matrices []Matrix

// matrices collects them after the second pass.
func (p *spread) matrices(c *Classifier) *Matrices {
	var m Matrices
	add := func(name string, rows, cols int, data []float64) {
		m = append(m, Matrix{Name: name, Rows: rows, Cols: cols, Data: data})
	}
	if c != nil {
		bias := c.Bias
		if len(bias) == 0 {
			bias = make([]float64, p.outputs)
		}
		add("W", p.outputs, p.dim, c.Weight)
		add("b", p.outputs, 1, bias)
	}
	if p.features.complete {
		h := make([]float64, p.dim*p.k)
		for k := range p.k {
			for j, v := range p.features.centred[k*p.dim : (k+1)*p.dim] {
				h[j*p.k+k] = v
			}
		}
		add("H", p.dim, p.k, h)
	}
	add("mu_G", p.dim, 1, p.global.hi)
	add("sigma_w", p.dim, p.dim, p.covariance.matrix(p.rows))
	if p.features.complete {
		add("sigma_b", p.dim, p.dim, gramOf(p.features.centred, p.k, p.dim))
	}
	if p.hasLogits {
		add("sigma_w_logits", p.outputs, p.outputs, p.logitCovariance.matrix(p.rows))
	}
	if p.hasLogits && p.logits.complete {
		add("sigma_b_logits", p.outputs, p.outputs, gramOf(p.logits.centred, p.k, p.outputs))
	}
	return &m
}

// gramOf is MᵀM/K of a K×dim matrix M.
func gramOf(m []float64, k, dim int) []float64 {
	out := make([]float64, dim*dim)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1/float64(k), general(m, k, dim), general(m, k, dim), 0, general(out, dim, dim))
	return out
}
