package layout_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
)

// TestAbreastOperands meets samples held abreast with operands of all shapes that
// images broadcast with.
func TestAbreastOperands(t *testing.T) {
	planes := sliding{channels: 6, height: 4, width: 5, kernel: [2]int64{3, 3}, pads: [4]int64{1, 1, 1, 1}}
	one := func(w *network, x string) string { return w.conv(x, 1, 1) } // channel
	for name, operand := range map[string]func(w *network, x, y string) string{
		"W":           func(w *network, _, y string) string { return w.Mul(y, w.weight(5)) },
		"H×W":         func(w *network, _, y string) string { return w.Mul(w.weight(4, 5), y) },
		"1×W":         func(w *network, _, y string) string { return w.Mul(w.weight(1, 5), y) },
		"H×1":         func(w *network, _, y string) string { return w.Mul(w.weight(4, 1), y) },
		"1×1×1×W":     func(w *network, _, y string) string { return w.Mul(w.weight(1, 1, 1, 5), y) },
		"1×H×W":       func(w *network, _, y string) string { return w.Mul(w.weight(1, 4, 5), y) },
		"C×H×W":       func(w *network, _, y string) string { return w.Mul(w.weight(6, 4, 5), y) },
		"1×C×H×W":     func(w *network, _, y string) string { return w.Mul(w.weight(1, 6, 4, 5), y) },
		"1×C×1×W":     func(w *network, _, y string) string { return w.Mul(w.weight(1, 6, 1, 5), y) },
		"1":           func(w *network, _, y string) string { return w.Mul(w.weight(1), y) },
		"1×1×1×1":     func(w *network, _, y string) string { return w.Mul(w.weight(1, 1, 1, 1), y) },
		"rank 5":      func(w *network, _, y string) string { return w.ReduceMean(w.Mul(w.weight(1, 1, 1, 1, 1), y), false, 0) },
		"N×1×H×W":     func(w *network, x, y string) string { return w.Mul(w.ReduceMean(x, true, 1), y) },
		"N×1×1×1":     func(w *network, x, y string) string { return w.Mul(w.ReduceMean(x, true, 1, 2, 3), y) },
		"N×C×1×W":     func(w *network, x, y string) string { return w.Mul(w.ReduceMean(x, true, 2), y) },
		"N×C×1×1":     func(w *network, x, y string) string { return w.Mul(w.ReduceMean(x, true, 2, 3), y) },
		"C×1":         func(w *network, x, y string) string { return w.Mul(w.ReduceMean(y, true, 2, 3), w.weight(6, 1)) },
		"itself":      func(w *network, _, y string) string { return w.Mul(y, y) },
		"one of C":    func(w *network, x, y string) string { return w.Mul(one(w, y), x) },
		"one and C":   func(w *network, _, y string) string { return w.Mul(one(w, y), w.weight(6, 1, 1)) },
		"one and 1×C": func(w *network, _, y string) string { return w.Add(w.weight(1, 6, 1, 1), one(w, y)) },
		"one abreast": func(w *network, _, y string) string { return w.Mul(one(w, y), y) },
		"one and one": func(w *network, _, y string) string { return w.Mul(one(w, y), w.weight(1, 1, 1)) },
		"its mean":    func(w *network, _, y string) string { return w.Sub(y, w.ReduceMean(y, true, 2, 3)) },
		"mean of one": func(w *network, _, y string) string { return w.Mul(w.ReduceMean(one(w, y), true, 2, 3), y) },
		"mean and C": func(w *network, _, y string) string {
			return w.Mul(w.ReduceMean(one(w, y), true, 2, 3), w.weight(6, 1, 1))
		},
		"mean and H×W": func(w *network, _, y string) string { return w.Mul(w.ReduceMean(y, true, 2, 3), w.weight(1, 6, 4, 5)) },
		"Where": func(w *network, x, y string) string {
			return w.Op("Where", []string{w.Greater(y, x), y, w.Neg(x)})
		},
		"Where of samples": func(w *network, x, y string) string {
			mean := w.ReduceMean(x, true, 1, 2, 3)
			return w.Op("Where", []string{w.Greater(mean, w.Like(mean, 0)), y, w.Neg(y)})
		},
		"Where of channels": func(w *network, _, y string) string {
			c := w.weight(6, 1, 1)
			return w.Op("Where", []string{w.Greater(c, w.Like(c, 0)), w.Neg(y), y})
		},
		"integers": func(w *network, x, y string) string {
			return w.Mul(y, w.Cast(w.Cast(w.Scale(y, 3), graphs.Int64), graphs.Float32))
		},
		"Pow": func(w *network, _, y string) string {
			return w.Op("Pow", []string{y, w.Const(graphs.NewInts("", nil, []int64{2}))})
		},
		"Pow of channels": func(w *network, _, y string) string {
			two := w.Const(graphs.NewFloats("", []int64{6, 1, 1}, []float32{1, 2, 3, 1, 2, 3}))
			return w.Op("Pow", []string{y, two})
		},
		"Clip": func(w *network, _, y string) string {
			return w.Op("Clip", []string{y, "", w.Scalar(graphs.Float32, 0.5)})
		},
		"Max": func(w *network, x, y string) string {
			return w.Op("Max", []string{w.Scale(x, 0.1), y, w.weight(6, 1, 1), w.Neg(y)})
		},
		"PRelu": func(w *network, x, y string) string { return w.Op("PRelu", []string{y, w.weight(6, 1, 1)}) },
		"images too": func(w *network, x, y string) string {
			z := w.Op("MaxPool", []string{y}, graphs.Ints("kernel_shape", 3, 3), graphs.Ints("pads", 1, 1, 1, 1))
			return w.Add(w.Add(z, y), w.Add(y, x))
		},
		"Concat of heights": func(w *network, x, y string) string {
			return w.Op("Concat", []string{y, x}, graphs.Int("axis", -2))
		},
		"Split in thirds": func(w *network, _, y string) string {
			parts := w.Node("Split", []string{y}, 3, graphs.Int("axis", 1), graphs.Int("num_outputs", 3))
			return w.Op("Concat", []string{parts[2], parts[0], w.Op("Relu", []string{y}), parts[1]}, graphs.Int("axis", -3))
		},
		"Split of heights": func(w *network, _, y string) string {
			parts := w.Node("Split", []string{y}, 2, graphs.Int("axis", 2), graphs.Int("num_outputs", 2))
			return w.Mul(parts[1], w.Neg(parts[0]))
		},
		"batches of other sizes": func(w *network, _, y string) string {
			return sliding{channels: 3, kernel: [2]int64{3, 3}, pads: [4]int64{1, 1, 1, 1}}.apply(w, w.ReshapeTo(y, -1, 3, 4, 5))
		},
	} {
		for _, batch := range []graphs.Dim{graphs.Symbolic("N"), graphs.Known(3), graphs.Known(1)} {
			t.Run(fmt.Sprint(name, " ", batch), func(t *testing.T) {
				s := planes
				if batch.IsKnown() {
					s.samples = int(batch.Size)
				}
				checkAbreast(t, batch, s, func(w *network, x string) string {
					return operand(w, w.Neg(x), planes.apply(w, x))
				})
			})
		}
	}
}

// TestAbreastBatches convolves samples and then what other batches have of them,
// whose columns are moved by other numbers of elements.
func TestAbreastBatches(t *testing.T) {
	planes := sliding{channels: 4, height: 12, width: 16, kernel: [2]int64{3, 3}, pads: [4]int64{1, 1, 1, 1}, strides: [2]int64{1, 2}}
	_, m := checkAbreast(t, graphs.Known(3), planes, func(w *network, x string) string {
		half := planes
		half.channels = 2
		return half.apply(w, w.ReshapeTo(planes.apply(w, x), -1, 2, 12, 8))
	})
	if passtest.Count(m, "Conv") > 0 {
		t.Error("a convolution is left")
	}
}
