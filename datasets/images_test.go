package datasets

import (
	"bytes"
	"math"
	"sync/atomic"
	"testing"
)

func TestNormalize(t *testing.T) {
	n := NewNormalizer([]float32{0.4914, 0.4822}, []float32{0.2023, 0.1994})
	pixels := make([]uint8, 512)
	for i := range pixels {
		pixels[i] = uint8(i)
	}
	got := make([]float32, len(pixels))
	n.Normalize(got, pixels)
	for i, g := range got {
		c := i / 256
		want := (float64(pixels[i])/255 - float64(n.Mean[c])) / float64(n.Std[c])
		if !(math.Abs(float64(g)-want) <= 1e-6) {
			t.Errorf("pixel %d of channel %d becomes %g, want %g", pixels[i], c, g, want)
		}
	}
	// MNIST's black and white as torchvision's ToTensor and Normalize give them.
	mnist := mustLookup(t, "mnist")
	edge := make([]float32, 3)
	NewNormalizer(mnist.mean, mnist.std).Normalize(edge, []uint8{0, 255, 0})
	if edge[0] != -0.42421296 || edge[1] != 2.8214867 {
		t.Errorf("black and white of MNIST become %v and %v", edge[0], edge[1])
	}
}

func TestNormalizerPanics(t *testing.T) {
	n := NewNormalizer([]float32{0, 0}, []float32{1, 1})
	for name, call := range map[string]func(){
		"different numbers": func() { NewNormalizer([]float32{0}, []float32{1, 1}) },
		"deviation 0":       func() { NewNormalizer([]float32{0}, []float32{0}) },
		"short dst":         func() { n.Normalize(make([]float32, 2), make([]uint8, 4)) },
		"odd length":        func() { n.Normalize(make([]float32, 3), make([]uint8, 3)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

func TestPrepare(t *testing.T) {
	grey := Images{N: 3, C: 1, H: 32, W: 32, Pixels: make([]uint8, 3*32*32)}
	for i := range grey.Pixels {
		grey.Pixels[i] = uint8(i / 7)
	}
	got := grey.prepare()
	if got.N != 3 || got.C != 3 || got.H != Side || got.W != Side {
		t.Fatalf("shape %d×%d×%d×%d", got.N, got.C, got.H, got.W)
	}
	for i := range got.N {
		if want := bytes.Repeat(grey.At(i), 3); !bytes.Equal(got.At(i), want) {
			t.Errorf("image %d is not the grey one repeated", i)
		}
	}
	colour := Images{N: 1, C: 3, H: 32, W: 32, Pixels: grey.Pixels}
	if got := colour.prepare(); &got.Pixels[0] != &colour.Pixels[0] {
		t.Error("a 3×32×32 image was copied")
	}
}

func TestInParallelCoversEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 100} {
		seen := make([]atomic.Int32, n)
		inParallel(n, func(first, last int) {
			for i := first; i < last; i++ {
				seen[i].Add(1)
			}
		})
		for i := range seen {
			if c := seen[i].Load(); c != 1 {
				t.Errorf("of %d, %d was done %d times", n, i, c)
			}
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	n := NewNormalizer([]float32{0, 0, 0}, []float32{1, 1, 1})
	dst, src := make([]float32, 3*Side*Side), make([]uint8, 3*Side*Side)
	for b.Loop() {
		n.Normalize(dst, src)
	}
}
