package train

import (
	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
)

// Data is what a Trainer learns from or is evaluated on.
type Data interface {
	// Len returns the number of samples.
	Len() int
	// Label returns the training label of sample i.
	Label(i int) int64
	// Fill writes the input of sample i to x, in row-major order. It is called
	// from several goroutines.
	Fill(x []float32, i int)
}

// Images are Data that are bytes before they are normalised. The device loop
// keeps the bytes, a quarter of the memory.
type Images interface {
	Data
	// Pixels returns the bytes of sample i, not a copy.
	Pixels(i int) []uint8
	// Normalizer makes of them what Fill writes.
	Normalizer() *datasets.Normalizer
}

// pixelsOf says how a graph normalises data, nil when they are no bytes, or the
// net does not take their channels one by one.
func pixelsOf(data Data, net *training.Net) *training.Pixels {
	images, ok := data.(Images)
	if !ok {
		return nil
	}
	shape, err := net.BatchShape(1)
	mean, std := images.Normalizer().Mean, images.Normalizer().Std
	if err != nil || len(shape) < 2 || shape[1] != int64(len(mean)) {
		return nil
	}
	p := &training.Pixels{Mean: doubles(mean), Std: doubles(std)}
	if _, ok := data.(augmented); ok {
		p.Crop = datasets.AugmentPad
	}
	return p
}

func doubles(v []float32) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = float64(v[i])
	}
	return out
}
