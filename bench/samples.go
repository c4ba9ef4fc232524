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
}

// newSamples draws n samples for the net.
func newSamples(net *training.Net, n int) (*samples, error) {
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
	return &samples{
		n: n, width: width, pixels: pixels[:size],
		normalizer: datasets.NewNormalizer([]float32{0.5}, []float32{0.25}),
		classes:    net.Classes(), labels: stream.Sub(1),
	}, nil
}

// Len returns the number of samples.
func (s *samples) Len() int { return s.n }

// Label returns the label of sample i.
func (s *samples) Label(i int) int64 { return int64(s.labels.IntN(uint64(i), s.classes)) }

// Fill writes the normalised pixels of sample i.
func (s *samples) Fill(x []float32, i int) {
	i %= len(s.pixels) / s.width
	s.normalizer.Normalize(x, s.pixels[i*s.width:(i+1)*s.width])
}
