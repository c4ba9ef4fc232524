package metrics

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// nearest counts, over the samples of a group, which class mean is the nearest
// and whether it is the class, and whether the network predicts it.
type nearest struct {
	correct, nccCorrect, mismatch int
}

// count takes in a row of a class with the given nearest mean and prediction.
func (n *nearest) count(class, ncc, predicted int) {
	if predicted == class {
		n.correct++
	}
	if ncc == class {
		n.nccCorrect++
	}
	if ncc != predicted {
		n.mismatch++
	}
}

// percentages are accuracy, NCC accuracy and NCC mismatch of n samples.
func (n *nearest) percentages(samples int, logits, separated bool) (accuracy, ncc, mismatch Float) {
	accuracy, ncc, mismatch = undefined, undefined, undefined
	share := func(count int) Float { return Float(100 * float64(count) / float64(samples)) }
	if logits {
		accuracy = share(n.correct)
	}
	if separated {
		ncc = share(n.nccCorrect)
	}
	if logits && separated {
		mismatch = share(n.mismatch)
	}
	return accuracy, ncc, mismatch
}

// nearest fills in, for rows of the given classes, the class whose mean is the
// nearest, of equal distances the lower one; rows without a class are left out.
// Each row begins, dim numbers after the one before, with its coordinates u
// around the mean μ_y of its class, in the basis V: directions that this lacks
// are the same for all classes. v and products are scratch.
//
// With v = u + μ_y the nearest mean has the least ‖μ_k‖² − 2 v·μ_k, one product
// of matrices for all rows. Where rounding could decide, the distances
// themselves do.
func (s *scatter) nearest(labels []int, rows, v, products []float64, nearest []int) {
	classes := len(s.classes)
	if s.kept == 0 {
		copy(nearest, labels)
		return
	}
	for i, y := range labels {
		if y >= 0 {
			floats.AddTo(v[i*s.kept:(i+1)*s.kept], rows[i*s.dim:][:s.kept], s.mean(y))
		}
	}
	v, products = v[:len(labels)*s.kept], products[:len(labels)*classes]
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, general(v, len(labels), s.kept), general(s.located, classes, s.kept), 0, general(products, len(labels), classes))
	for i, y := range labels {
		if y >= 0 {
			nearest[i] = s.nearestMean(rows[i*s.dim:][:s.kept], v[i*s.kept:(i+1)*s.kept], products[i*classes:(i+1)*classes], y)
		}
	}
}

// mean is that of class k in the basis V.
func (s *scatter) mean(k int) []float64 { return s.located[k*s.kept : (k+1)*s.kept] }

// nearestMean chooses for one row by its products with the means, which it
// overwrites.
func (s *scatter) nearestMean(u, v, products []float64, y int) int {
	least, most := math.Inf(1), 0.0
	for k, norm := range s.norms {
		products[k] = norm - 2*products[k]
		least = min(least, products[k])
		if s.classes[k] != nil {
			most = max(most, norm)
		}
	}
	// A product of n terms is off by n rounding errors of its factors' size at most.
	slack := 8 * float64(s.kept) * epsilon * (floats.Dot(v, v) + most)
	best, nearest := y, floats.Dot(u, u)
	for k, p := range products {
		if k == y || !(p <= least+slack) {
			continue
		}
		if d := s.distance(u, y, k); d < nearest || d == nearest && k < best {
			best, nearest = k, d
		}
	}
	return best
}

// distance is the squared one of a row at u around the mean of class y to that
// of class k.
func (s *scatter) distance(u []float64, y, k int) float64 {
	own, other := s.mean(y), s.mean(k)
	total := 0.0
	for j, v := range u {
		d := v + (own[j] - other[j])
		total += d * d
	}
	return total
}

// largest is the index of the largest value, of equal ones the first: the
// network's prediction.
func largest(logits []float64) int {
	best, most := 0, math.Inf(-1)
	for j, z := range logits {
		if z > most {
			best, most = j, z
		}
	}
	return best
}
