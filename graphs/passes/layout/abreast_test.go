package layout_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// sliding is a depthwise convolution on images N×channels×height×width.
type sliding struct {
	channels, height, width int64
	kernel                  [2]int64
	strides, dilations      [2]int64 // 0 is 1
	pads                    [4]int64
	each                    int64 // output channels for each channel; 0 is 1
	bias, left              bool
	samples                 int // 0 is 3
}

func (s sliding) apply(w *network, x string) string {
	one := func(v int64) int64 { return max(v, 1) }
	out := s.channels * one(s.each)
	inputs := []string{x, w.weight(out, 1, s.kernel[0], s.kernel[1])}
	if s.bias {
		inputs = append(inputs, w.weight(out))
	}
	return w.Op("Conv", inputs, graphs.Int("group", s.channels), graphs.Ints("strides", one(s.strides[0]), one(s.strides[1])),
		graphs.Ints("dilations", one(s.dilations[0]), one(s.dilations[1])), graphs.Ints("pads", s.pads[:]...))
}

// TestBands compares depthwise convolutions and their gradients with their
// products, of whole planes and of columns.
func TestBands(t *testing.T) {
	same := [4]int64{1, 1, 1, 1}
	square := [2]int64{3, 3}
	for _, s := range []sliding{
		{channels: 5, height: 4, width: 4, kernel: square, pads: same},
		{channels: 5, height: 8, width: 7, kernel: square, pads: same, strides: [2]int64{2, 2}, bias: true},
		{channels: 3, height: 7, width: 8, kernel: [2]int64{5, 5}, pads: [4]int64{2, 2, 2, 2}, dilations: [2]int64{1, 2}},
		{channels: 3, height: 2, width: 2, kernel: [2]int64{7, 7}, pads: [4]int64{3, 3, 3, 3}},
		{channels: 4, height: 5, width: 6, kernel: square, pads: [4]int64{0, 2, 1, 0}, each: 3, bias: true},
		{channels: 4, height: 16, width: 20, kernel: square, pads: same},
		{channels: 4, height: 16, width: 20, kernel: square, pads: same, samples: 1, bias: true},
		{channels: 3, height: 17, width: 19, kernel: square, pads: same, strides: [2]int64{2, 2}},
		{channels: 3, height: 18, width: 18, kernel: square, pads: same, strides: [2]int64{2, 2}},
		{channels: 3, height: 20, width: 11, kernel: square, pads: [4]int64{0, 1, 1, 2}, strides: [2]int64{2, 3}},
		{channels: 3, height: 15, width: 16, kernel: [2]int64{3, 5}, pads: [4]int64{1, 2, 1, 2}, strides: [2]int64{1, 2}, dilations: [2]int64{2, 1}},
		{channels: 3, height: 12, width: 14, kernel: square, pads: [4]int64{0, 3, 0, 3}, dilations: [2]int64{1, 3}, strides: [2]int64{1, 2}},
		{channels: 2, height: 16, width: 24, kernel: [2]int64{3, 2}, strides: [2]int64{1, 4}},
		{channels: 2, height: 30, width: 40, kernel: [2]int64{7, 7}, pads: [4]int64{3, 3, 3, 3}},
		{channels: 2, height: 10, width: 10, kernel: [2]int64{1, 3}, pads: [4]int64{0, 1, 0, 1}},
		{channels: 2, height: 12, width: 12, kernel: [2]int64{3, 1}, pads: [4]int64{1, 0, 1, 0}},
		{channels: 2, height: 40, width: 8, kernel: square, pads: same, left: true},
		{channels: 2, height: 16, width: 16, kernel: square, pads: same, each: 2, left: true},
		{channels: 1, height: 8, width: 4, kernel: square, pads: same, left: true},
		{channels: 4, height: 8, width: 8, kernel: [2]int64{1, 1}, left: true},
		{channels: 2, height: 8, width: 10, kernel: [2]int64{1, 2}, pads: [4]int64{0, 12, 0, 12}, dilations: [2]int64{1, 20}},
		{channels: 2, height: 8, width: 8, kernel: [2]int64{31, 31}, pads: [4]int64{15, 15, 15, 15}},
		{channels: 2, height: 14, width: 14, kernel: [2]int64{31, 31}, pads: [4]int64{15, 15, 15, 15}, left: true},
	} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			m, out := checkAbreast(t, graphs.Symbolic("N"), s, s.apply)
			if left := passtest.Count(out, "Conv") == passtest.Count(m, "Conv"); left != s.left {
				t.Errorf("the convolution is left as it was: %t", left)
			}
		})
	}
}

// TestAbreast compares networks, and counts the transpositions that are left: one
// where images come to be abreast, one where they are images again.
func TestAbreast(t *testing.T) {
	planes := sliding{channels: 6, height: 8, width: 8, kernel: [2]int64{3, 3}, pads: [4]int64{1, 1, 1, 1}}
	point := func(w *network, x string, out int64) string { return w.conv(x, out, 1) }
	relu := func(w *network, x string) string { return w.Op("Relu", []string{x}) }
	pool := func(w *network, x string) string { return w.Op("GlobalAveragePool", []string{x}) }
	for _, test := range []struct {
		name         string
		build        func(w *network, x string) string
		convs, turns int
	}{
		{"inverted residual", func(w *network, x string) string {
			y := relu(w, w.norm(point(w, planes.apply(w, x), 6), 1))
			six := w.Op("Clip", []string{w.norm(planes.apply(w, y), 1), w.Scalar(graphs.Float32, 0), w.Scalar(graphs.Float32, 6)})
			return pool(w, w.Add(y, w.norm(point(w, six, 6), 0)))
		}, 2, 2},
		{"squeeze and excite", func(w *network, x string) string {
			x = planes.apply(w, x)
			gate := relu(w, point(w, w.ReduceMean(x, true, 2, 3), 2))
			return pool(w, w.Mul(w.Op("Sigmoid", []string{point(w, gate, 6)}), x))
		}, 2, 2},
		{"a gate of images", func(w *network, x string) string {
			gate := w.Op("Sigmoid", []string{w.ReduceMean(x, true, 2, 3)})
			return pool(w, w.Mul(planes.apply(w, x), gate))
		}, 0, 3},
		{"branches", func(w *network, x string) string {
			both := w.Op("Concat", []string{planes.apply(w, x), relu(w, x)}, graphs.Int("axis", 1))
			parts := w.Node("Split", []string{both, w.Ints(5, 7)}, 2, graphs.Int("axis", -3))
			return pool(w, w.Mul(point(w, parts[0], 4), point(w, parts[1], 4)))
		}, 2, 3},
		{"constants", func(w *network, x string) string {
			x = w.Mul(w.Add(planes.apply(w, x), w.weight(6, 1, 1)), w.weight(1, 6, 1, 1))
			return w.ReduceMean(w.Scale(w.Add(x, w.weight(1, 1, 1, 1)), 3), false, -1, -2)
		}, 0, 2},
		{"images in between", func(w *network, x string) string {
			x = w.Op("MaxPool", []string{planes.apply(w, x)}, graphs.Ints("kernel_shape", 1, 1))
			return w.ReduceMean(w.Mul(planes.apply(w, x), w.weight(6, 8, 8)), false, 1)
		}, 0, 4},
		{"strides of single places", func(w *network, x string) string {
			return w.conv(planes.apply(w, x), 4, 1, graphs.Ints("strides", 2, 2))
		}, 1, 2},
		{"groups of single places", func(w *network, x string) string {
			return pool(w, w.Op("Conv", []string{planes.apply(w, x), w.weight(9, 2, 1, 1)}, graphs.Int("group", 3)))
		}, 1, 2},
		{"few places", func(w *network, x string) string {
			x = w.Op("AveragePool", []string{x}, graphs.Ints("kernel_shape", 4, 4), graphs.Ints("strides", 4, 4))
			return pool(w, relu(w, w.norm(point(w, x, 7), 1)))
		}, 1, 2},
	} {
		for _, batch := range []graphs.Dim{graphs.Symbolic("N"), graphs.Known(3)} {
			t.Run(fmt.Sprint(test.name, " ", batch), func(t *testing.T) {
				_, m := checkAbreast(t, batch, planes, test.build)
				if got := passtest.Count(m, "Conv"); got != test.convs {
					t.Errorf("%d convolutions are left, want %d", got, test.convs)
				}
				if got := passtest.Count(m, "Transpose"); got != test.turns {
					t.Errorf("%d changes between images and samples abreast, want %d", got, test.turns)
				}
			})
		}
	}
}

// TestAbreastKeeps leaves a convolution whose output is asked for by name, or is
// the graph's.
func TestAbreastKeeps(t *testing.T) {
	for name, kept := range map[string]bool{"by name": true, "an output": false} {
		t.Run(name, func(t *testing.T) {
			b := passtest.Builder(t)
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(2, 6, 4, 4)})
			y := sliding{channels: 6, kernel: [2]int64{3, 3}}.apply(&network{Builder: b}, x)
			if kept {
				b.Output(b.Op("Relu", []string{y}))
			} else {
				b.Output(y)
			}
			m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Abreast(m, map[string]bool{y: kept}) })
			if passtest.Count(m, "Conv") != 1 {
				t.Errorf("%q is gone", y)
			}
		})
	}
}

// checkAbreast compares a network and its gradients with what Abreast makes of it,
// and returns both.
func checkAbreast(t *testing.T, batch graphs.Dim, s sliding, build func(w *network, x string) string) (m, out *graphs.Model) {
	t.Helper()
	m, out, in := abreastOf(t, batch, s, build)
	passtest.Near(t, withGradients(t, m), withGradients(t, out), in, 2e-5)
	if passtest.Count(withGradients(t, out), "NonZero") > 0 {
		t.Error("sizes are found out when the graph runs")
	}
	return m, out
}

// abreastOf builds a network on images as s has them, and returns it with what
// Abreast makes of it and images.
func abreastOf(t *testing.T, batch graphs.Dim, s sliding, build func(w *network, x string) string) (m, out *graphs.Model, in map[string]*eval.Value) {
	t.Helper()
	b := passtest.Builder(t)
	w := &network{Builder: b}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{batch, graphs.Known(s.channels), graphs.Known(s.height), graphs.Known(s.width)}})
	b.Output(b.Op("Tanh", []string{build(w, b.Neg(x))}))
	out = passtest.Passed(t, b, all["Abreast"])
	n := int64(3)
	if s.samples > 0 {
		n = int64(s.samples)
	}
	return b.Model(), out, passtest.Images(n, s.channels, s.height, s.width)
}

// withGradients returns a copy of a model with the gradients of the sum of its
// output's squares by its input and its initializers.
func withGradients(t *testing.T, m *graphs.Model) *graphs.Model {
	t.Helper()
	out := m.Clone()
	b, err := graphs.NewBuilder(out)
	if err != nil {
		t.Fatal(err)
	}
	wrt := append(weights(m), "x")
	grads, err := autodiff.Gradients(b, b.ReduceSum(b.Square(out.Graph.Outputs[0].Name), false), wrt)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range wrt {
		if g, ok := grads[name]; ok {
			b.Output(b.Named("grad."+name, "Identity", []string{g}))
		}
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// weights returns the names of a network's weights, without running statistics.
func weights(m *graphs.Model) (names []string) {
	statistics := map[string]bool{}
	for _, n := range m.Graph.Nodes {
		if n.Op == "BatchNormalization" {
			statistics[n.Input(3)], statistics[n.Input(4)] = true, true
		}
	}
	for _, w := range m.Graph.Initializers {
		if strings.HasPrefix(w.Name, "w") && !statistics[w.Name] {
			names = append(names, w.Name)
		}
	}
	return names
}
