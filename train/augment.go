package train

import "github.com/memdil/memdil/datasets"

// Augment returns images of h×w pixels as the SOTA setting has them: every
// epoch sees each one cropped and mirrored at random, see datasets.Augment.
func Augment(images Images, seed uint64, h, w int) Data {
	return augmented{Images: images, seed: seed, h: h, w: w}
}

// augmented are images that every epoch sees changed. By themselves they are
// unchanged.
type augmented struct {
	Images
	seed uint64
	h, w int
}

// draw returns what an epoch does to sample i.
func (a augmented) draw(epoch, i int) datasets.Augmentation {
	return datasets.Augment(a.seed, uint64(epoch), uint64(i))
}

// seen are the images as an epoch sees them.
type seen struct {
	augmented
	epoch int
}

func (s seen) Pixels(i int) []uint8 {
	image := s.augmented.Pixels(i)
	changed := make([]uint8, len(image))
	s.draw(s.epoch, i).Apply(changed, image, s.h, s.w)
	return changed
}

func (s seen) Fill(x []float32, i int) { s.Normalizer().Normalize(x, s.Pixels(i)) }

// inEpoch returns the data as an epoch, counted from 0, sees them.
func inEpoch(data Data, epoch int) Data {
	if a, ok := data.(augmented); ok {
		return seen{a, epoch}
	}
	return data
}
