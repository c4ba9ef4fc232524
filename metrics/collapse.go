package metrics

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// etfDistance is ‖A Bᵀ/‖A Bᵀ‖_F − (I − 11ᵀ/K)/√(K−1)‖_F for K×d matrices A and
// B, NaN when K = 1 or A Bᵀ is zero.
func etfDistance(a, b []float64, classes, dim int) Float {
	if classes < 2 {
		return undefined
	}
	gram := make([]float64, classes*classes)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, general(a, classes, dim), general(b, classes, dim), 0, general(gram, classes, classes))
	norm := floats.Norm(gram, 2)
	if norm == 0 {
		return undefined
	}
	k := float64(classes)
	for i := range gram {
		target := -1 / k
		if i%(classes+1) == 0 {
			target++
		}
		gram[i] = gram[i]/norm - target/math.Sqrt(k-1)
	}
	return Float(floats.Norm(gram, 2))
}

// biasDistance is ‖W μ_G + sign·b‖₂; a nil b counts as zeros.
func biasDistance(c *Classifier, mean []float64, sign float64) Float {
	k := len(c.Weight) / len(mean)
	offset := make([]float64, k)
	if len(c.Bias) > 0 {
		floats.AddScaled(offset, sign, c.Bias)
	}
	for i := range offset {
		offset[i] += floats.Dot(c.Weight[i*len(mean):(i+1)*len(mean)], mean)
	}
	return Float(floats.Norm(offset, 2))
}

func general(data []float64, rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

func vector(data []float64) blas64.Vector {
	return blas64.Vector{N: len(data), Inc: 1, Data: data}
}
