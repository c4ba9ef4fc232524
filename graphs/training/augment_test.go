package training_test

import (
	"math/rand/v2"
	"testing"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestDeviceAugments trains on images that the graph crops and mirrors, and on
// the same images cropped and mirrored before.
func TestDeviceAugments(t *testing.T) {
	const samples, batch, c, h, w = 12, 4, 2, 5, 6
	b := newBuilder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(c), graphs.Known(h), graphs.Known(w)}})
	weights := make([]float32, c*h*w*3)
	for i := range weights {
		weights[i] = float32(rand.NormFloat64())
	}
	weight := b.Initializer(graphs.NewFloats("weight", []int64{3, c * h * w}, weights))
	b.Output(b.Named("logits", "Gemm", []string{b.Op("Flatten", []string{x}), weight}, graphs.Int("transB", 1)))
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	images, cropped := make([]uint8, samples*c*h*w), make([]uint8, samples*c*h*w)
	drawn := make([]int64, 0, samples*3)
	labels, order := make([]int64, samples), make([]int64, samples)
	for i := range images {
		images[i] = uint8(rand.IntN(256))
	}
	for i := range samples {
		a := datasets.Augment(1, 2, uint64(i))
		image := images[i*c*h*w:][:c*h*w]
		a.Apply(cropped[i*c*h*w:][:c*h*w], image, h, w)
		flip := int64(0)
		if a.Flip {
			flip = 1
		}
		drawn = append(drawn, int64(a.DY), int64(a.DX), flip)
		labels[i], order[i] = int64(i%3), int64(i)
	}
	run := func(crop int64, data []uint8) []float64 {
		pixels := &training.Pixels{Mean: []float64{0.5, 0.4}, Std: []float64{0.2, 0.3}, Crop: crop}
		objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
		m, err := net.Device(objective, training.Optimizer{Kind: training.SGD}, training.DeviceOptions{Pixels: pixels, Batch: batch, AtOnce: 2 * int(crop)})
		if err != nil {
			t.Fatal(err)
		}
		in := map[string]*eval.Value{
			"data": eval.Ints([]int{samples, c, h, w}, widened(data)...), "labels": eval.Ints([]int{samples}, labels...),
			"order": eval.Ints([]int{samples / batch, batch}, order...), "t": eval.Ints(nil, 1),
			"lr": eval.Floats([]int{samples / batch}, 0.1, 0.1, 0.1),
		}
		if crop > 0 {
			in[training.AugmentationInput] = eval.Ints([]int{samples / batch, batch, 3}, drawn...)
		}
		addCarried(t, net, training.Optimizer{Kind: training.SGD}, in)
		got, err := eval.Run(m, in, "losses")
		if err != nil {
			t.Fatal(err)
		}
		return got["losses"].F
	}
	compare(t, "losses", eval.Floats([]int{3}, run(datasets.AugmentPad, images)...), run(0, cropped), 1e-12)
	if plain := run(0, images); plain[0] == run(0, cropped)[0] {
		t.Error("the augmentation changes nothing")
	}
}

func widened(bytes []uint8) []int64 {
	out := make([]int64, len(bytes))
	for i, b := range bytes {
		out[i] = int64(b)
	}
	return out
}
