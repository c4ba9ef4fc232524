package datasets

import (
	"fmt"

	"github.com/memdil/memdil/random"
)

// Split is the part of a data set that a sample belongs to.
type Split uint8

// The splits. Val is the part of the published training samples that is held
// back for validation.
const (
	Train Split = iota
	Val
	Test
)

// String returns train, val or test.
func (s Split) String() string {
	switch s {
	case Train:
		return "train"
	case Val:
		return "val"
	case Test:
		return "test"
	}
	return fmt.Sprintf("Split(%d)", uint8(s))
}

// Sample describes one selected sample. It is corrupted when Label ≠ TrueLabel.
type Sample struct {
	Index     int32 // position in the published training or test files
	Split     Split
	Label     int32 // the label to train on, possibly corrupted
	TrueLabel int32 // the published label
}

// selection decides from labels alone which samples are used and how: the
// first classes are chosen, labels corrupted, then a validation split or a
// number of samples a class set apart.
type selection struct {
	classes    int
	labelNoise float64
	valSplit   float64
	sampleSize int // 0 for all
	seed       uint64
}

// train selects from the labels of the training files.
func (s selection) train(labels []int32) ([]Sample, error) {
	samples := s.choose(labels, Train)
	s.corrupt(samples)
	if s.sampleSize > 0 {
		samples = s.firstOfEachClass(samples)
	} else {
		val := int(float64(len(samples)) * s.valSplit)
		for i := range samples[:val] {
			samples[i].Split = Val
		}
	}
	return samples, s.checkClasses(samples, Train)
}

// test selects from the labels of the test files, which stay clean.
func (s selection) test(labels []int32) ([]Sample, error) {
	samples := s.choose(labels, Test)
	return samples, s.checkClasses(samples, Test)
}

// choose returns the samples of the selected classes in file order.
func (s selection) choose(labels []int32, split Split) []Sample {
	var samples []Sample
	for i, l := range labels {
		if int(l) < s.classes {
			samples = append(samples, Sample{Index: int32(i), Split: split, Label: l, TrueLabel: l})
		}
	}
	return samples
}

// corrupt applies uniform symmetric label noise of degree η: with probability
// η a label becomes a uniformly random one of the K classes, its own included,
// so that the expected share of corrupted samples is η·(K−1)/K. What happens
// to a sample depends on seed, η, K and its index; those corrupted at one η
// are corrupted, to the same labels, at every larger one.
func (s selection) corrupt(samples []Sample) {
	noise := random.New(s.seed, random.Noise, 0)
	hit, label := noise.Sub(0), noise.Sub(1)
	for i := range samples {
		index := uint64(samples[i].Index)
		if hit.Float64(index) < s.labelNoise {
			samples[i].Label = int32(label.IntN(index, s.classes))
		}
	}
}

// firstOfEachClass keeps the first sampleSize samples of each label.
func (s selection) firstOfEachClass(samples []Sample) []Sample {
	counts := make([]int, s.classes)
	kept := samples[:0]
	for _, sample := range samples {
		if counts[sample.Label]++; counts[sample.Label] <= s.sampleSize {
			kept = append(kept, sample)
		}
	}
	return kept
}

// checkClasses reports a class that has no sample in the split.
func (s selection) checkClasses(samples []Sample, split Split) error {
	for class, n := range countLabels(samples, split, s.classes) {
		if n == 0 {
			return fmt.Errorf("no %s sample has label %d of the %d classes; change classes, val_split_prop, sample_size or label_noise", split, class, s.classes)
		}
	}
	return nil
}

// countLabels returns how many samples of the split have each label.
func countLabels(samples []Sample, split Split, classes int) []int {
	counts := make([]int, classes)
	for _, sample := range samples {
		if sample.Split == split {
			counts[sample.Label]++
		}
	}
	return counts
}
