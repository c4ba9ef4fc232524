package bench

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// TestSamples checks that images are normalised noise, differ from each other,
// are the same every time, and that every class has its share.
func TestSamples(t *testing.T) {
	m, err := zoo.Build("MLP", zoo.Options{Classes: 3, Width: 4, Depth: 1})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	draw := func() (images [][]float32, labels []int64) {
		s, err := newSamples(net, 300)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Len() {
			x := make([]float32, 3*32*32)
			s.Fill(x, i)
			images, labels = append(images, x), append(labels, s.Label(i))
		}
		return images, labels
	}
	images, labels := draw()
	again, labelsAgain := draw()
	if !slices.EqualFunc(images, again, slices.Equal) || !slices.Equal(labels, labelsAgain) {
		t.Error("two draws differ")
	}
	counts := make([]int, 3)
	var sum, squares float64
	for i, x := range images {
		counts[labels[i]]++
		for _, v := range x {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
		if i > 0 && slices.Equal(x, images[i-1]) {
			t.Errorf("images %d and %d are equal", i-1, i)
		}
	}
	// Uniform on [0, 1], less 0.5, by 0.25: mean 0, deviation 4/√12 = 1.155.
	n := float64(300 * 3 * 32 * 32)
	if mean, deviation := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.01 || !(math.Abs(deviation-1.155) <= 0.02) {
		t.Errorf("pixels have mean %.3f and deviation %.3f", mean, deviation)
	}
	if slices.Min(counts) < 70 {
		t.Errorf("classes have %v samples of 300", counts)
	}
}
