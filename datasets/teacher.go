package datasets

import (
	"math"

	"github.com/memdil/memdil/random"
)

// maxRateSpread is the standard deviation of instances' own noise degrees where
// η leaves room for it, and rateBound how many deviations they keep to.
const (
	maxRateSpread = 0.1
	rateBound     = 3
)

// instance draws labels that depend on the image, after Xia et al., "Part-dependent
// Label Noise", NeurIPS 2020, algorithm 2, with a single linear teacher in place
// of one for each class. Sample i of class t is hit with its own probability
//
//	q_i = η + σ·g_i,  g_i normal, kept within ±3,  σ = min(0.1, η/3, (1−η)/3)
//
// whose mean is η, and then becomes class j ≠ t with probability
//
//	exp(z_j) / Σ_{l≠t} exp(z_l),  z = W x/√d,  W normal, K×d
//
// where x are the d normalised pixels of its image.
func (s selection) instance(d decoded) func(Sample, float64) int32 {
	stream := random.New(s.seed, random.Noise, 0)
	rate, label := stream.Sub(drawRate), stream.Sub(drawLabel)
	teacher := newTeacher(stream.Sub(drawTeacher), len(s.classes), d)
	return func(sample Sample, u float64) int32 {
		degree, index := s.noise.degree(sample.TrueLabel), uint64(sample.Index)
		spread := min(maxRateSpread, degree/rateBound, (1-degree)/rateBound)
		g := min(max(rate.Normal(index), -rateBound), rateBound)
		if u >= degree+float64(spread*g) {
			return sample.Label
		}
		return teacher.draw(sample, label.Float64(index))
	}
}

// teacher is a random linear classifier.
type teacher struct {
	weights    [][]float64 // K×d
	images     Images
	normalizer *Normalizer
}

func newTeacher(stream random.Stream, classes int, d decoded) *teacher {
	t := &teacher{images: d.images, normalizer: d.normalizer, weights: make([][]float64, classes)}
	size := d.images.C * d.images.H * d.images.W
	inParallel(classes, func(first, last int) {
		for k := first; k < last; k++ {
			row, draw := make([]float64, size), stream.Sub(uint64(k))
			for j := range row {
				row[j] = draw.Normal(uint64(j)) / math.Sqrt(float64(size))
			}
			t.weights[k] = row
		}
	})
	return t
}

// draw returns one of the other classes by the uniform number u.
func (t *teacher) draw(sample Sample, u float64) int32 {
	pixels := t.images.At(int(sample.Index))
	x := make([]float32, len(pixels))
	t.normalizer.Normalize(x, pixels)
	odds, most := make([]float64, len(t.weights)), math.Inf(-1)
	for k, row := range t.weights {
		for j, w := range row {
			odds[k] += float64(w * float64(x[j])) // the conversion forbids a fused multiply-add: same bits everywhere
		}
		if int32(k) != sample.TrueLabel {
			most = max(most, odds[k])
		}
	}
	sum := 0.0
	for k, z := range odds {
		odds[k] = math.Exp(z - most)
		if int32(k) != sample.TrueLabel {
			sum += odds[k]
		}
	}
	chosen := sample.TrueLabel
	for k, o := range odds {
		if int32(k) == sample.TrueLabel {
			continue
		}
		chosen = int32(k)
		if u -= o / sum; u < 0 {
			break
		}
	}
	return chosen
}
