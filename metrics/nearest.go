package metrics

import (
	"math"

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

// nearestMean is the class whose mean is the nearest to a row of class y that
// lies at the coordinates u around its own mean, in the basis in which means
// has the K×rank coordinates of the class means; of equal distances the lower
// class. Directions that the basis lacks are the same for all classes. The
// coordinates that tell classes apart come first, so most are soon out.
func nearestMean(u, means []float64, classes []*centroid, y int) int {
	rank := len(u)
	best, least := y, floats.Dot(u, u)
	own := means[y*rank : (y+1)*rank]
	for k, c := range classes {
		if k == y || c == nil {
			continue
		}
		other := means[k*rank : (k+1)*rank]
		distance := 0.0
		for j, v := range u {
			d := v + (own[j] - other[j])
			if distance += d * d; distance > least {
				break
			}
		}
		if distance < least || distance == least && k < best {
			best, least = k, distance
		}
	}
	return best
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
