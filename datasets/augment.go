package datasets

import "github.com/memdil/memdil/random"

// AugmentPad is how many pixels an image can be shifted in any direction.
const AugmentPad = 4

// Augmentation is one random change of an image, that of the originals' SOTA:
// torchvision's RandomCrop(32, padding=4), then RandomHorizontalFlip.
type Augmentation struct {
	// DY and DX, 0 … 2·AugmentPad, are where the crop begins in the image
	// padded with AugmentPad black pixels on each side: AugmentPad keeps it in
	// place.
	DY, DX int
	Flip   bool // mirror the crop left to right
}

// Augment draws the augmentation of a sample, by its number, in an epoch
// counted from 0: each crop is equally likely, a flip has probability 1/2.
func Augment(seed, epoch, sample uint64) Augmentation {
	s := random.New(seed, random.Augment, epoch)
	return Augmentation{
		DY:   s.IntN(3*sample, 2*AugmentPad+1),
		DX:   s.IntN(3*sample+1, 2*AugmentPad+1),
		Flip: s.IntN(3*sample+2, 2) == 1,
	}
}

// Apply writes the changed channel×h×w image to dst, which must not overlap
// it: pixels before normalisation, of which 0 is black. It panics when the
// lengths differ or are no multiple of h·w.
func (a Augmentation) Apply(dst, image []uint8, h, w int) {
	if len(dst) != len(image) || len(image)%(h*w) != 0 {
		panic("datasets: Apply with lengths that do not fit")
	}
	clear(dst)
	dy, dx := a.DY-AugmentPad, a.DX-AugmentPad
	first, last := max(0, -dx), min(w, w-dx) // columns of the crop inside the image
	for start := 0; start < len(image); start += h * w {
		for y := max(0, -dy); y < min(h, h-dy); y++ {
			row, from := dst[start+y*w:][:w], image[start+(y+dy)*w:][:w]
			if !a.Flip {
				copy(row[first:last], from[first+dx:last+dx])
				continue
			}
			for x := first; x < last; x++ {
				row[w-1-x] = from[x+dx]
			}
		}
	}
}
