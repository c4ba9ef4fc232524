package bench

import (
	"encoding/binary"
	"slices"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/random"
	"github.com/memdil/memdil/train"
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
}

// newData draws n samples for the net. Those of images, N×C×H×W, are augmented
// if asked for.
func newData(net *training.Net, n int, augment bool) (train.Data, error) {
	s, err := newSamples(net, n)
	if err != nil {
		return nil, err
	}
	shape, err := net.BatchShape(1)
	if err != nil || !augment || len(shape) != 4 {
		return s, err
	}
	return train.Augment(s, 0, int(shape[2]), int(shape[3])), nil
}

// newSamples draws n samples for the net.
func newSamples(net *training.Net, n int) (*samples, error) {
	shape, err := net.BatchShape(1)
	if err != nil {
		return nil, err
	}
	width, channels := 1, 1
	for _, d := range shape {
		width *= int(d)
	}
	if len(shape) > 2 {
		channels = int(shape[1])
	}
	stream := random.New(0, random.Bench, 0)
	size := min(n, maxImages) * width
	pixels := make([]uint8, 0, size+8)
	for i := uint64(0); len(pixels) < size; i++ {
		pixels = binary.LittleEndian.AppendUint64(pixels, stream.Sub(0).Uint64(i))
	}
	return &samples{
		n: n, width: width, pixels: pixels[:size],
		normalizer: datasets.NewNormalizer(same(0.5, channels), same(0.25, channels)),
		classes:    net.Classes(), labels: stream.Sub(1),
	}, nil
}

// Len returns the number of samples.
func (s *samples) Len() int { return s.n }

// Label returns the label of sample i.
func (s *samples) Label(i int) int64 { return int64(s.labels.IntN(uint64(i), s.classes)) }

// Pixels returns the bytes of sample i.
func (s *samples) Pixels(i int) []uint8 {
	i %= len(s.pixels) / s.width
	return s.pixels[i*s.width : (i+1)*s.width]
}

// Normalizer returns what Fill normalises them with.
func (s *samples) Normalizer() *datasets.Normalizer { return s.normalizer }

// Fill writes the normalised pixels of sample i.
func (s *samples) Fill(x []float32, i int) { s.normalizer.Normalize(x, s.Pixels(i)) }

// same is v, n times.
func same(v float32, n int) []float32 { return slices.Repeat([]float32{v}, n) }
