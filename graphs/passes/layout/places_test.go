package layout_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// network builds parts of a convolutional network on images x N×6×8×8.
type network struct {
	*graphs.Builder
	weights int
}

func (w *network) weight(dims ...int64) string {
	t := passtest.Wave(w.name(), dims...)
	values := make([]float32, t.Len())
	for i := range values {
		values[i] = float32(t.At(i)) * float32(math.Cos(float64(w.weights)))
	}
	return w.Initializer(graphs.NewFloats(t.Name, dims, values))
}

func (w *network) name() string {
	w.weights++
	return fmt.Sprint("w", w.weights)
}

func (w *network) conv(x string, out, kernel int64, attrs ...graphs.Attribute) string {
	return w.Op("Conv", []string{x, w.weight(out, w.Shape(x)[1].Size, kernel, kernel)}, attrs...)
}

func (w *network) norm(x string, training int64) string {
	c := w.Shape(x)[1].Size
	variance := graphs.NewFloats(w.name(), []int64{c}, slices.Repeat([]float32{0.5}, int(c)))
	return w.Op("BatchNormalization", []string{x, w.weight(c), w.weight(c), w.weight(c), w.Initializer(variance)}, graphs.Int("training_mode", training))
}

var padded = graphs.Ints("pads", 1, 1, 1, 1)

// TestPlaces compares networks with what Places makes of them, and counts the
// transpositions that are left: one where images become a matrix, one where a
// matrix becomes images.
func TestPlaces(t *testing.T) {
	stem := func(w *network, x string) string { return w.conv(w.conv(w.Neg(x), 160, 1), 160, 3, padded) }
	for _, test := range []struct {
		name  string
		build func(w *network, x string) string
		convs int
		turns int
	}{
		{"residual block", func(w *network, x string) string {
			x = w.Op("Relu", []string{w.norm(stem(w, x), 1)})
			y := w.conv(w.Op("Relu", []string{w.norm(w.conv(x, 160, 3, padded), 1)}), 160, 3, padded)
			return w.ReduceMean(w.Op("Relu", []string{w.Add(w.norm(y, 1), x)}), false, 2, 3)
		}, 1, 1},
		{"shortcut by strides", func(w *network, x string) string {
			x = stem(w, x)
			y := w.conv(x, 200, 3, padded, graphs.Ints("strides", 2, 2))
			return w.Op("GlobalAveragePool", []string{w.Add(y, w.norm(w.conv(x, 200, 1, graphs.Ints("strides", 2, 2)), 0))})
		}, 1, 1},
		{"images in between", func(w *network, x string) string {
			x = w.Op("AveragePool", []string{stem(w, x)}, graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2))
			return w.Op("GlobalAveragePool", []string{w.conv(x, 400, 3, padded)})
		}, 1, 3},
		{"a pool in between", func(w *network, x string) string {
			x = w.Op("MaxPool", []string{stem(w, x)}, graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2))
			return w.Op("GlobalAveragePool", []string{w.conv(x, 400, 3, padded)})
		}, 1, 1},
		{"a pool of images", func(w *network, x string) string {
			x = w.Op("MaxPool", []string{w.conv(x, 5, 5)}, graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2))
			return w.Op("GlobalAveragePool", []string{w.conv(x, 7, 1, graphs.Ints("strides", 2, 2))})
		}, 1, 1},
		{"whole planes", func(w *network, x string) string {
			x = w.Op("Relu", []string{w.norm(w.conv(w.conv(x, 5, 1), 9, 8), 1)})
			return w.Op("GlobalAveragePool", []string{w.conv(w.Op("Sigmoid", []string{w.conv(x, 7, 1)}), 3, 1)})
		}, 1, 0},
		{"a pool after the net's input", func(w *network, x string) string {
			y := w.Op("Relu", []string{w.norm(w.conv(x, 160, 3, padded), 1)})
			y = w.Op("MaxPool", []string{y}, graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2))
			return w.Op("GlobalAveragePool", []string{w.conv(y, 400, 3, padded)})
		}, 0, 1},
		{"images beside", func(w *network, x string) string {
			return w.Op("GlobalAveragePool", []string{w.Mul(w.conv(w.Neg(x), 160, 1), w.Add(stem(w, x), w.conv(w.Neg(x), 160, 1)))})
		}, 3, 3},
		{"constants", func(w *network, x string) string {
			x = w.Mul(w.Add(stem(w, x), w.weight(160, 1, 1)), w.weight(1, 160, 1, 1))
			x = w.Op("Clip", []string{w.Add(x, w.weight(1, 1, 1, 1)), w.Scalar(graphs.Float32, -1), w.Scalar(graphs.Float32, 1)})
			return w.ReduceMean(w.Scale(w.Add(x, w.weight(1)), 3), true, -1, -2)
		}, 1, 1},
		{"what needs images", func(w *network, x string) string {
			x = w.Add(stem(w, x), w.weight(160, 8, 8))
			return w.ReduceMean(w.Mul(x, w.ReduceMean(x, true, 1)), false, 0, 2)
		}, 1, 2},
		{"an output", func(w *network, x string) string { return w.Op("Relu", []string{stem(w, x)}) }, 1, 2},
		{"an output of a product", stem, 1, 2},
		{"the net's input", func(w *network, x string) string {
			y := w.norm(w.conv(x, 160, 3, graphs.Ints("pads", 1, 0, 2, 1), graphs.Ints("strides", 1, 1)), 1)
			return w.Op("GlobalAveragePool", []string{w.conv(w.Op("Relu", []string{y}), 160, 3, padded)})
		}, 0, 1},
		{"strides on the net's input", func(w *network, x string) string {
			return w.Op("GlobalAveragePool", []string{w.conv(w.conv(x, 256, 3, padded, graphs.Ints("strides", 2, 1)), 256, 3, padded)})
		}, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := passtest.Builder(t)
			w := &network{Builder: b}
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(6), graphs.Known(8), graphs.Known(8)}})
			b.Output(test.build(w, x))
			m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) {
				out, err := layout.Places(m, nil)
				if err != nil {
					return nil, err
				}
				return passes.Tidy(out, nil)
			})
			if got := passtest.Count(m, "Conv"); got != test.convs {
				t.Errorf("%d convolutions are left, want %d", got, test.convs)
			}
			if got := turned(m); got != test.turns {
				t.Errorf("%d changes between images and matrices, want %d", got, test.turns)
			}
			passtest.Near(t, b.Model(), m, passtest.Images(3, 6, 8, 8), 1e-5)
		})
	}
}

// turned counts the changes between images and matrices.
func turned(m *graphs.Model) (n int) {
	for _, node := range m.Graph.Nodes {
		if node.Op == "Transpose" && len(node.Ints("perm")) == 2 {
			n++
		}
	}
	return n
}
