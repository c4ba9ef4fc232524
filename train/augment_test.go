package train

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/datasets"
)

// gradients are images of 3×32×32 pixels that grow from place to place.
type gradients struct{ normalizer *datasets.Normalizer }

func (gradients) Len() int                           { return 20 }
func (gradients) Label(int) int64                    { return 0 }
func (g gradients) Normalizer() *datasets.Normalizer { return g.normalizer }
func (g gradients) Fill(x []float32, i int)          { g.normalizer.Normalize(x, g.Pixels(i)) }
func (gradients) Pixels(i int) []uint8 {
	out := make([]uint8, 3*32*32)
	for k := range out {
		out[k] = uint8(k + i)
	}
	return out
}

// TestAugmented compares what an epoch sees of an image with its definition:
// cropped and mirrored as package datasets says, then normalised; another epoch
// sees it otherwise.
func TestAugmented(t *testing.T) {
	plain := gradients{datasets.NewNormalizer([]float32{0.5, 0.4, 0.3}, []float32{0.2, 0.3, 0.4})}
	data := Augment(plain, 6, 32, 32)
	const size, epoch = 3 * 32 * 32, 2
	got, next, want := make([]float32, size), make([]float32, size), make([]float32, size)
	pixels := make([]uint8, size)
	same := 0
	for i := range plain.Len() {
		inEpoch(data, epoch).Fill(got, i)
		inEpoch(data, epoch+1).Fill(next, i)
		datasets.Augment(6, epoch, uint64(i)).Apply(pixels, plain.Pixels(i), 32, 32)
		plain.normalizer.Normalize(want, pixels)
		if !slices.Equal(got, want) {
			t.Fatalf("sample %d is not what it should be", i)
		}
		if slices.Equal(got, next) {
			same++
		}
	}
	if same > 2 {
		t.Errorf("%d of 20 samples are the same in the next epoch", same)
	}
}
