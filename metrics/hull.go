package metrics

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

const (
	// hullGap is the duality gap at which a distance from a hull is taken to be
	// found: it is right to 1e-12 where it is about 1.
	hullGap = 1e-12
	// hullSteps bounds the search, which gets close long before.
	hullSteps = 1_000_000
)

// oneVsRest is the least distance of one of k unit vectors from the convex
// hull of the others.
func oneVsRest(unit []float64, k, dim int) Float {
	gram := make([]float64, k*k)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, general(unit, k, dim), general(unit, k, dim), 0, general(gram, k, k))
	distances := make([]float64, k)
	parallel(k, 1, func(from, to int) {
		for i := from; i < to; i++ {
			distances[i] = hullDistance(gram, k, i)
		}
	})
	return Float(floats.Min(distances))
}

// hullDistance is the distance of vector i from the convex hull of the other
// vectors of a k×k Gram matrix, by the algorithm of Mitchell, Demyanov and
// Malozemov ("Finding the point of a polyhedron closest to the origin", 1974):
// each step moves weight from the vertex that is the farthest along the
// shortest vector found so far to the one that is the nearest.
func hullDistance(gram []float64, k, i int) float64 {
	p := func(a, b int) float64 { // (v_a − v_i)·(v_b − v_i)
		return gram[a*k+b] - gram[a*k+i] - gram[i*k+b] + gram[i*k+i]
	}
	weights, along := make([]float64, k), make([]float64, k) // of x = Σ w_a (v_a − v_i), and x·(v_a − v_i)
	start := (i + 1) % k
	weights[start] = 1
	for a := range k {
		along[a] = p(a, start)
	}
	squared := 0.0
	for range hullSteps {
		nearest, farthest := -1, -1
		squared = 0
		for a := range k {
			if a == i {
				continue
			}
			squared += weights[a] * along[a]
			if nearest < 0 || along[a] < along[nearest] {
				nearest = a
			}
			if weights[a] > 0 && (farthest < 0 || along[a] > along[farthest]) {
				farthest = a
			}
		}
		if squared-along[nearest] <= hullGap || nearest == farthest {
			break
		}
		length := p(nearest, nearest) - 2*p(nearest, farthest) + p(farthest, farthest)
		step := min(weights[farthest], (along[farthest]-along[nearest])/length)
		weights[nearest] += step
		weights[farthest] -= step
		for a := range k {
			along[a] += step * (p(a, nearest) - p(a, farthest))
		}
	}
	return math.Sqrt(max(0, squared))
}
