package datasets

import (
	"slices"
	"testing"
)

// TestApply compares every augmentation of an image of two channels with the
// definition: pad, crop, mirror.
func TestApply(t *testing.T) {
	const c, h, w = 2, 6, 7
	image := make([]uint8, c*h*w)
	for i := range image {
		image[i] = uint8(i + 1)
	}
	const ph, pw = h + 2*AugmentPad, w + 2*AugmentPad
	padded := make([]uint8, c*ph*pw)
	for i, v := range image {
		ch, y, x := i/(h*w), i/w%h, i%w
		padded[(ch*ph+y+AugmentPad)*pw+x+AugmentPad] = v
	}
	got := make([]uint8, len(image))
	for dy := range 2*AugmentPad + 1 {
		for dx := range 2*AugmentPad + 1 {
			for _, flip := range []bool{false, true} {
				var want []uint8
				for i := range image {
					ch, y, x := i/(h*w), i/w%h, i%w
					if flip {
						x = w - 1 - x
					}
					want = append(want, padded[(ch*ph+y+dy)*pw+x+dx])
				}
				a := Augmentation{dy, dx, flip}
				if a.Apply(got, image, h, w); !slices.Equal(got, want) {
					t.Fatalf("%+v gives\n%v, want\n%v", a, got, want)
				}
			}
		}
	}
}

// TestAugment counts the draws of an epoch: every crop and flip is equally
// likely, and they depend on seed, epoch and sample.
func TestAugment(t *testing.T) {
	const n, kinds = 81 * 2 * 100, 81 * 2
	counts := map[Augmentation]int{}
	other := [3]int{} // equal draws with another seed, epoch, sample
	for i := range uint64(n) {
		a := Augment(1, 2, i)
		counts[a]++
		for k, b := range []Augmentation{Augment(2, 2, i), Augment(1, 3, i), Augment(1, 2, i+n)} {
			if a == b {
				other[k]++
			}
		}
	}
	var chi2 float64
	for _, count := range counts {
		chi2 += float64((count-n/kinds)*(count-n/kinds)) / (n / kinds)
	}
	// With 161 degrees of freedom, χ² is below 220 with probability 0.999.
	if len(counts) != kinds || chi2 > 220 {
		t.Errorf("%d kinds, χ² = %g", len(counts), chi2)
	}
	for k, equal := range other {
		if equal > 2*n/kinds {
			t.Errorf("variation %d: %d of %d draws are equal", k, equal, n)
		}
	}
}
