package bench

import (
	"encoding/binary"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/random"
)

// maxImages bounds the memory of synthetic images; longer benchmarks see them
// again.
const maxImages = 50_000

// samples are images of random pixels with random labels, fed as those of a
// data set are.
type samples struct {
	n, width   int
	pixels     []uint8
	normalizer *datasets.Normalizer
	classes    int
	labels     random.Stream
	h, w       int // size of an image to be augmented; 0 for none
}

// newSamples draws n samples for the net. Those of images, N×C×H×W, are
// augmented if asked for.
func newSamples(net *training.Net, n int, augment bool) (*samples, error) {
	shape, err := net.BatchShape(1)
	if err != nil {
		return nil, err
	}
	width := 1
	for _, d := range shape {
		width *= int(d)
	}
	stream := random.New(0, random.Bench, 0)
	size := min(n, maxImages) * width
	pixels := make([]uint8, 0, size+8)
	for i := uint64(0); len(pixels) < size; i++ {
		pixels = binary.LittleEndian.AppendUint64(pixels, stream.Sub(0).Uint64(i))
	}
	s := &samples{
		n: n, width: width, pixels: pixels[:size],
		normalizer: datasets.NewNormalizer([]float32{0.5}, []float32{0.25}),
		classes:    net.Classes(), labels: stream.Sub(1),
	}
	if augment && len(shape) == 4 {
		s.h, s.w = int(shape[2]), int(shape[3])
	}
	return s, nil
}

// Len returns the number of samples.
func (s *samples) Len() int { return s.n }

// Label returns the label of sample i.
func (s *samples) Label(i int) int64 { return int64(s.labels.IntN(uint64(i), s.classes)) }

// Fill writes the normalised pixels of sample i.
func (s *samples) Fill(x []float32, i int) {
	row := i % (len(s.pixels) / s.width)
	pixels := s.pixels[row*s.width : (row+1)*s.width]
	if s.h > 0 {
		changed := make([]uint8, len(pixels))
		datasets.Augment(0, 0, uint64(i)).Apply(changed, pixels, s.h, s.w)
		pixels = changed
	}
	s.normalizer.Normalize(x, pixels)
}
