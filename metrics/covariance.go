package metrics

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

const (
	// maxCovariance is the largest dim whose dim×dim matrix is formed: 512 MiB.
	maxCovariance = 8192
	// covarianceRows and covarianceColumns are the size of the products that a
	// covariance is summed from. The rows are counted from the table's first,
	// so that the sum does not depend on its batches.
	covarianceRows, covarianceColumns = 256, 64
)

// covariance accumulates Σ_i (v_i − m_{y_i})(v_i − m_{y_i})ᵀ, dim×dim. A nil one does nothing.
type covariance struct {
	dim     int
	classes []*centroid
	block   []float64 // covarianceRows×dim deviations
	rows    int       // of them
	sum     []float64 // dim×dim, blocks on and above the diagonal
}

func newCovariance(classes []*centroid, dim int) (*covariance, error) {
	if dim > maxCovariance {
		return nil, fmt.Errorf("metrics: vectors of width %d, too wide for a matrix of that size: full measures and matrices take up to %d", dim, maxCovariance)
	}
	return &covariance{dim: dim, classes: classes, block: make([]float64, covarianceRows*dim), sum: make([]float64, dim*dim)}, nil
}

// prepareCovariances makes those that o needs.
func (p *spread) prepareCovariances(o Options) (err error) {
	if !o.Full && !o.Matrices {
		return nil
	}
	if p.covariance, err = newCovariance(p.classes, p.dim); err != nil || !o.Matrices || !p.hasLogits {
		return err
	}
	p.logitCovariance, err = newCovariance(p.means.logits, p.outputs)
	return err
}

// add takes in a batch.
func (c *covariance) add(values []float64, labels []int) {
	if c == nil {
		return
	}
	for i, y := range labels {
		c.classes[y].deviate(c.block[c.rows*c.dim:(c.rows+1)*c.dim], values[i*c.dim:(i+1)*c.dim])
		if c.rows++; c.rows == covarianceRows {
			c.flush()
		}
	}
}

// flush adds the block to the sum.
func (c *covariance) flush() {
	type tile struct{ i, j int }
	var tiles []tile
	for i := 0; i < c.dim; i += covarianceColumns {
		for j := i; j < c.dim; j += covarianceColumns {
			tiles = append(tiles, tile{i, j})
		}
	}
	columns := func(data []float64, rows, from int) blas64.General {
		return blas64.General{Rows: rows, Cols: min(covarianceColumns, c.dim-from), Stride: c.dim, Data: data[from:]}
	}
	parallel(len(tiles), 1, func(from, to int) {
		for _, t := range tiles[from:to] {
			left, right := columns(c.block, c.rows, t.i), columns(c.block, c.rows, t.j)
			blas64.Gemm(blas.Trans, blas.NoTrans, 1, left, right, 1, columns(c.sum[t.i*c.dim:], left.Cols, t.j))
		}
	})
	c.rows = 0
}

// matrix is the sum over n rows, divided by n: dim×dim, symmetric.
func (c *covariance) matrix(n int) []float64 {
	if c.rows > 0 {
		c.flush()
	}
	m := make([]float64, len(c.sum))
	for i := range c.dim {
		for j := i; j < c.dim; j++ {
			v := c.sum[i*c.dim+j] / float64(n)
			m[i*c.dim+j], m[j*c.dim+i] = v, v
		}
	}
	return m
}
