package datasets

import (
	"fmt"
	"math"
	"slices"

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

// selection decides which samples are used, and with which labels.
type selection struct {
	classes    []int32 // the published label of each selected class
	noise      Noise
	random     bool // deal labels out anew before all noise
	valSplit   float64
	valShuffle bool
	testSplit  float64
	sampleSize int // 0 for all
	seed       uint64
}

// labels returns how many different training labels there are: K, or 2·K with
// latent noise classes.
func (s selection) labels() int {
	if s.noise.Latent {
		return 2 * len(s.classes)
	}
	return len(s.classes)
}

// positions maps the published labels of the selected classes to their new ones.
func (s selection) positions() map[int32]int32 {
	position := make(map[int32]int32, len(s.classes))
	for i, label := range s.classes {
		position[label] = int32(i)
	}
	return position
}

// train selects from the training part, or from its samples that are given.
func (s selection) train(d decoded, among []int32) ([]Sample, error) {
	samples := s.choose(d.labels, among, Train)
	if s.random {
		s.deal(samples, drawTrain)
	}
	samples, err := s.corrupt(samples, d)
	if err != nil {
		return nil, err
	}
	if len(s.noise.Degrees) > 1 {
		samples = s.firstOfEachLabel(samples, slices.Min(countLabels(samples, Train, s.labels())))
	}
	if s.sampleSize > 0 {
		samples = s.firstOfEachLabel(samples, s.sampleSize)
	} else {
		s.holdBack(samples)
	}
	return samples, s.checkLabels(samples, Train, s.labels())
}

// test selects from the test part, whose labels stay clean, or from those of its
// samples that are given.
func (s selection) test(d decoded, among []int32) ([]Sample, error) {
	samples := s.choose(d.labels, among, Test)
	if s.random {
		s.deal(samples, drawTest)
	}
	return samples, s.checkLabels(samples, Test, len(s.classes))
}

// choose returns the samples of the selected classes, of all or of those given,
// in file order.
func (s selection) choose(labels, among []int32, split Split) []Sample {
	position := s.positions()
	var samples []Sample
	add := func(i int) {
		if label, ok := position[labels[i]]; ok {
			samples = append(samples, Sample{Index: int32(i), Split: split, Label: label, TrueLabel: label})
		}
	}
	if among == nil {
		for i := range labels {
			add(i)
		}
	}
	for _, i := range among {
		add(int(i))
	}
	return samples
}

// deal exchanges the labels of samples at random: each class keeps its number of
// samples, the true labels stay.
func (s selection) deal(samples []Sample, purpose uint64) {
	order := random.New(s.seed, random.Noise, 0).Sub(purpose).Perm(len(samples))
	for i, from := range order {
		samples[i].Label = samples[from].TrueLabel
	}
}

// holdBack makes a share of the samples validation samples: the first ones, or
// some drawn at random.
func (s selection) holdBack(samples []Sample) {
	val := int(float64(len(samples)) * s.valSplit)
	if !s.valShuffle {
		for i := range samples[:val] {
			samples[i].Split = Val
		}
		return
	}
	for _, i := range random.New(s.seed, random.Split, 0).Perm(len(samples))[:val] {
		samples[i].Split = Val
	}
}

// setApart divides the samples of a data set without a test part into those to
// train on and those to test with: a share of each class, drawn at random, and
// at least one of a class that has two.
func (s selection) setApart(labels []int32) (train, test []int32) {
	draw := random.New(s.seed, random.Split, 1)
	byClass := map[int32][]int32{}
	for i, label := range labels {
		byClass[label] = append(byClass[label], int32(i))
	}
	for label, members := range byClass {
		n := int(math.Round(float64(len(members)) * s.testSplit))
		if len(members) > 1 {
			n = min(max(n, 1), len(members)-1)
		}
		for rank, i := range draw.Sub(uint64(label)).Perm(len(members)) {
			if rank < n {
				test = append(test, members[i])
			} else {
				train = append(train, members[i])
			}
		}
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test
}

// firstOfEachLabel keeps the first n samples of each label.
func (s selection) firstOfEachLabel(samples []Sample, n int) []Sample {
	counts := make([]int, s.labels())
	kept := samples[:0]
	for _, sample := range samples {
		if counts[sample.Label]++; counts[sample.Label] <= n {
			kept = append(kept, sample)
		}
	}
	return kept
}

// checkLabels reports a label that no sample of the split has.
func (s selection) checkLabels(samples []Sample, split Split, labels int) error {
	for label, n := range countLabels(samples, split, labels) {
		if n == 0 {
			return fmt.Errorf("no %s sample has label %d of %d; change classes, the noise, val_split_prop or sample_size", split, label, labels)
		}
	}
	return nil
}

// countLabels returns how many samples of the split have each label.
func countLabels(samples []Sample, split Split, labels int) []int {
	counts := make([]int, labels)
	for _, sample := range samples {
		if sample.Split == split {
			counts[sample.Label]++
		}
	}
	return counts
}
