package datasets

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/random"
)

// NoiseKind says how training labels are corrupted.
type NoiseKind string

// The kinds of label noise.
const (
	// SymmetricNoise replaces a label, with probability η, by a uniformly random
	// one of the K classes, its own included: a share of η·(K−1)/K is wrong.
	SymmetricNoise NoiseKind = "symmetric"
	// PairNoise replaces label k, with probability η, by k+1, the last by 0.
	PairNoise NoiseKind = "pair"
	// MatrixNoise draws the label of a sample of class t with the
	// probabilities of row t of a K×K matrix.
	MatrixNoise NoiseKind = "matrix"
	// InstanceNoise corrupts a label with a probability of its own, whose mean
	// is η, to a class that a random linear teacher thinks likely of its image,
	// see teacher.
	InstanceNoise NoiseKind = "instance"
	// FileNoise takes the labels from a file, such as those that people gave.
	FileNoise NoiseKind = "file"
)

// NoiseKinds are all kinds.
func NoiseKinds() []NoiseKind {
	return []NoiseKind{SymmetricNoise, PairNoise, MatrixNoise, InstanceNoise, FileNoise}
}

// NeedsFile reports whether the kind reads a file; it has no degree then.
func (k NoiseKind) NeedsFile() bool { return k == MatrixNoise || k == FileNoise }

// Noise is what happens to training labels. Its zero value leaves them alone.
type Noise struct {
	Kind NoiseKind // "" is SymmetricNoise
	// Degrees are the noise degree η of all classes, or one of each, by true
	// label; with the latter every label is then cut to the number of samples
	// of the rarest. Nil is 0.
	Degrees []float64
	// File holds a MatrixNoise's K×K matrix, or a FileNoise's labels, one for
	// each published training sample: text or NumPy's .npy.
	File string
	// Latent gives two classes four labels: after all other noise a label
	// becomes label + 2, a latent noise class, with probability LatentDegree.
	Latent       bool
	LatentDegree float64
}

// check reports what cannot be applied to k classes.
func (n Noise) check(k int) error {
	for _, degree := range n.Degrees {
		if !(degree >= 0 && degree <= 1) {
			return badOption("label_noise", "%v is not between 0 and 1", degree)
		}
	}
	switch {
	case len(n.Degrees) > 1 && len(n.Degrees) != k:
		return badOption("label_noise", "%d degrees for %d classes; give one, or one for each class", len(n.Degrees), k)
	case n.Kind.NeedsFile() && n.File == "":
		return badOption("noise_file", "noise %s needs one", n.Kind)
	case n.Latent && k != 2:
		return badOption("fourclass_problem", "latent noise classes are for 2 classes, not %d", k)
	case n.Latent && !(n.LatentDegree >= 0 && n.LatentDegree <= 1):
		return badOption("fc_noise_degree", "%v is not between 0 and 1", n.LatentDegree)
	case n.Latent && len(n.Degrees) > 1:
		return badOption("label_noise", "latent noise classes take one degree for both classes")
	}
	return nil
}

// degree returns η of a class.
func (n Noise) degree(class int32) float64 {
	switch len(n.Degrees) {
	case 0:
		return 0
	case 1:
		return n.Degrees[0]
	}
	return n.Degrees[class]
}

// The independent streams of what is drawn for noise. The values are part of
// every number drawn and never change.
const (
	drawHit     = iota // whether a label is drawn anew
	drawLabel          // which one it becomes
	drawRate           // an instance's own degree
	drawTeacher        // the teacher's weights
	drawLatent         // whether a label becomes a latent one
	drawTrain          // random labels of training samples
	drawTest           // and of test samples
)

// corrupt applies the noise to the samples' labels. What happens to a sample
// depends on the seed, the noise, K and the sample's index (and its image, for
// InstanceNoise) alone; those corrupted at one degree are corrupted, to the
// same labels, at every larger one. Samples whose label is none of the K classes
// are left out of what it returns, which only FileNoise makes happen.
func (s selection) corrupt(samples []Sample, d decoded) ([]Sample, error) {
	stream := random.New(s.seed, random.Noise, 0)
	if s.noise.Kind == FileNoise {
		labels, err := readLabels(s.noise.File, len(d.labels), d.classes)
		if err != nil {
			return nil, err
		}
		samples = s.relabel(samples, labels)
	} else {
		draw, err := s.drawer(d)
		if err != nil {
			return nil, err
		}
		hit := stream.Sub(drawHit)
		for i := range samples {
			samples[i].Label = draw(samples[i], hit.Float64(uint64(samples[i].Index)))
		}
	}
	if s.noise.Latent {
		s.hide(samples, stream.Sub(drawLatent))
	}
	return samples, nil
}

// drawer returns what gives a sample its label, by the uniform number u that
// decides whether it is hit.
func (s selection) drawer(d decoded) (draw func(sample Sample, u float64) int32, err error) {
	switch s.noise.Kind {
	case "", SymmetricNoise:
		return s.symmetric(), nil
	case PairNoise:
		return s.pair, nil
	case InstanceNoise:
		return s.instance(d), nil
	case MatrixNoise:
		t, err := readTransitions(s.noise.File, len(s.classes))
		return t.draw, err
	}
	return nil, badOption("noise", "unknown kind %q", s.noise.Kind)
}

func (s selection) symmetric() func(Sample, float64) int32 {
	label := random.New(s.seed, random.Noise, 0).Sub(drawLabel)
	return func(sample Sample, u float64) int32 {
		if u < s.noise.degree(sample.TrueLabel) {
			return int32(label.IntN(uint64(sample.Index), len(s.classes)))
		}
		return sample.Label
	}
}

func (s selection) pair(sample Sample, u float64) int32 {
	if u < s.noise.degree(sample.TrueLabel) {
		return (sample.Label + 1) % int32(len(s.classes))
	}
	return sample.Label
}

// relabel gives samples the labels of a file and leaves out those whose label is
// not selected.
func (s selection) relabel(samples []Sample, labels []int32) []Sample {
	position := s.positions()
	kept := samples[:0]
	for _, sample := range samples {
		label, ok := position[labels[sample.Index]]
		if !ok {
			continue
		}
		sample.Label = label
		kept = append(kept, sample)
	}
	return kept
}

// hide turns labels into latent ones.
func (s selection) hide(samples []Sample, latent random.Stream) {
	for i := range samples {
		if latent.Float64(uint64(samples[i].Index)) < s.noise.LatentDegree {
			samples[i].Label += int32(len(s.classes))
		}
	}
}

// transitions are the probabilities of labels by true label, summed up along
// each row.
type transitions [][]float64

// draw inverts the cumulative probabilities of the sample's row.
func (t transitions) draw(sample Sample, u float64) int32 {
	row := t[sample.TrueLabel]
	for j, sum := range row {
		if u < sum {
			return int32(j)
		}
	}
	return int32(len(row) - 1) // u lies in the rounding of the last sum
}

// newTransitions checks a matrix whose rows are probabilities.
func newTransitions(matrix [][]float64, k int) (transitions, error) {
	if len(matrix) != k {
		return nil, fmt.Errorf("%d rows, want a matrix of %d×%d, for the selected classes", len(matrix), k, k)
	}
	sums := make(transitions, k)
	for i, row := range matrix {
		if len(row) != k {
			return nil, fmt.Errorf("row %d has %d numbers, want %d, one for each selected class", i, len(row), k)
		}
		sum := 0.0
		for _, p := range row {
			if !(p >= 0 && p <= 1) {
				return nil, fmt.Errorf("row %d: %v is no probability", i, p)
			}
			sum += p
			sums[i] = append(sums[i], sum)
		}
		if math.Abs(sum-1) > 1e-6 {
			return nil, fmt.Errorf("row %d adds up to %v, not to 1", i, sum)
		}
		last := k - 1 // beyond it nothing is possible, whatever the rounding
		for last > 0 && row[last] == 0 {
			last--
		}
		for j := last; j < k; j++ {
			sums[i][j] = 1
		}
	}
	return sums, nil
}
