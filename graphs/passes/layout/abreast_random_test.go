package layout_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/internal/passtest"
)

// TestAbreastOfRandomNetworks keeps what random networks and their gradients
// compute.
func TestAbreastOfRandomNetworks(t *testing.T) {
	passtest.Seeds(t, 300, 80, 100, checkRandomNetwork)
}

func FuzzAbreast(f *testing.F) {
	for seed := range uint64(5) {
		f.Add([]byte(graphtest.RandomChoices(seed, 80)))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkRandomNetwork(t, data) })
}

// checkRandomNetwork reports whether the pass has changed the network.
func checkRandomNetwork(t *testing.T, c graphtest.Choices) bool {
	t.Helper()
	choose := func(sizes ...int64) int64 { return sizes[c.Below(len(sizes))] }
	images := sliding{channels: 4, height: choose(1, 2, 5, 9), width: choose(2, 4, 9, 10), samples: int(choose(1, 2, 3))}
	batch := []graphs.Dim{graphs.Symbolic("N"), graphs.Known(int64(images.samples))}[c.Below(2)]
	m, out, in := abreastOf(t, batch, images, func(w *network, x string) string { return randomNetwork(w, x, &c) })
	passtest.Close(t, "network", withGradients(t, m), withGradients(t, out), in, 1e-4)
	return passtest.Count(m, "Transpose") != passtest.Count(out, "Transpose")
}

// randomNetwork builds a network of operators on images of one size, with what is
// made of single places.
func randomNetwork(w *network, x string, c *graphtest.Choices) string {
	whole, single := []string{x}, []string{w.ReduceMean(x, true, 2, 3)}
	from := func(pool []string) string { return pool[c.Below(len(pool))] }
	channels := func(x string) int64 { return w.Shape(x)[1].Size }
	alike := func(x string, pool []string) string { // a value of as many channels
		for range 8 {
			if y := from(pool); channels(y) == channels(x) {
				return y
			}
		}
		return x
	}
	several := func(channels int64) int64 { // as many, or 3 beside a single one
		if channels == 1 {
			return 3
		}
		return channels
	}
	unary := func(x string) string {
		return w.Op([]string{"Relu", "Tanh", "Sigmoid", "Neg"}[c.Below(4)], []string{x})
	}
	binary := func(x, y string) string { return w.Op([]string{"Add", "Sub", "Mul"}[c.Below(3)], []string{x, y}) }
	kinds := []func(x string) string{
		unary,
		func(x string) string { return depthwise(w, x, c) },
		func(x string) string { return depthwise(w, x, c) },
		func(x string) string { return w.conv(x, int64(1+c.Below(5)), 1) },
		func(x string) string { return w.norm(x, int64(c.Below(2))) },
		func(x string) string { return binary(x, alike(x, whole)) },
		func(x string) string { return binary(alike(x, single), x) },
		func(x string) string { return binary(x, w.weight(several(channels(x)), 1, 1)) },
		func(x string) string { return binary(w.weight(1, several(channels(x)), 1, 1), x) },
		func(x string) string { return binary(x, w.ReduceMean(x, true, 1)) },
		func(x string) string { return binary(x, w.weight(w.Shape(x)[2:].Dims()...)) },
		func(x string) string { return w.Op("Concat", []string{x, from(whole)}, graphs.Int("axis", 1)) },
		func(x string) string {
			if channels(x) == 1 {
				return x
			}
			return w.Node("Split", []string{x, w.Ints(1, channels(x)-1)}, 2, graphs.Int("axis", 1))[1]
		},
		func(x string) string {
			return w.Op("MaxPool", []string{x}, graphs.Ints("kernel_shape", 3, 3), graphs.Ints("pads", 1, 1, 1, 1))
		},
	}
	for range 3 + c.Below(12) {
		switch x := from(whole); c.Below(6) {
		case 0:
			single = append(single, w.Op("GlobalAveragePool", []string{x}))
		case 1:
			single = append(single, unary(w.conv(from(single), channels(x), 1)))
		default:
			if channels(x) < 40 {
				whole = append(whole, kinds[c.Below(len(kinds))](x))
			}
		}
	}
	last := whole[len(whole)-1]
	if c.Below(2) == 0 {
		return w.ReduceMean(last, false, 2, 3)
	}
	return w.Op("Concat", []string{last, whole[len(whole)/2]}, graphs.Int("axis", 1))
}

// depthwise convolves with kernels of up to 3×3 places that leave the size as it is.
func depthwise(w *network, x string, c *graphtest.Choices) string {
	s := sliding{channels: w.Shape(x)[1].Size, bias: c.Below(2) == 0}
	for i := range s.kernel {
		taps, before := int64(1+c.Below(3)), int64(0)
		if taps > 1 {
			before = int64(c.Below(int(taps)))
		}
		s.kernel[i], s.pads[i], s.pads[2+i] = taps, before, taps-1-before
	}
	return s.apply(w, x)
}
