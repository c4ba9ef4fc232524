package layout_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// filteredCase is a convolution with 3×3 kernels, of batches of a size that a pass may
// be told; left says that the pass does not take it.
type filteredCase struct {
	channels, kernels, height, width, batch int64
	strides, pads, dilations                []int64
	bias, left                              bool
}

// build returns the convolution as a graph, for batches of any size.
func (c filteredCase) build(t *testing.T) *graphs.Builder {
	t.Helper()
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(c.channels), graphs.Known(c.height), graphs.Known(c.width)}})
	inputs := []string{x, b.Initializer(passtest.Wave("w", c.kernels, c.channels, 3, 3))}
	if c.bias {
		inputs = append(inputs, b.Initializer(passtest.Wave("b", c.kernels)))
	}
	b.Output(b.Op("Conv", inputs, window(c.strides, c.pads, c.dilations)...))
	return b
}

// TestWinograd compares convolutions with their products, in all forms and
// where tiles overhang.
func TestWinograd(t *testing.T) {
	ones := []int64{1, 1, 1, 1}
	for _, c := range []filteredCase{
		{channels: 160, kernels: 160, height: 8, width: 8, pads: ones},
		{channels: 256, kernels: 200, height: 7, width: 5, pads: ones, bias: true},
		{channels: 400, kernels: 256, height: 2, width: 3, pads: ones},
		{channels: 512, kernels: 512, height: 8, width: 3, pads: ones, strides: []int64{1, 1}},
		{channels: 400, kernels: 420, height: 16, width: 7, pads: ones, strides: []int64{2, 2}, bias: true},
		{channels: 600, kernels: 600, height: 5, width: 9, pads: ones, strides: []int64{2, 1}},
		{channels: 3, kernels: 8, height: 8, width: 8, pads: ones, left: true},
		{channels: 64, kernels: 64, height: 32, width: 32, pads: ones},
		{channels: 96, kernels: 130, height: 9, width: 16, pads: ones, bias: true},
		{channels: 120, kernels: 130, height: 15, width: 16, pads: ones, strides: []int64{2, 2}},
		{channels: 32, kernels: 32, height: 32, width: 32, pads: ones, left: true},
		{channels: 64, kernels: 64, height: 112, width: 112, pads: ones, left: true},
		{channels: 160, kernels: 160, height: 8, width: 8},
		{channels: 160, kernels: 160, height: 8, width: 7, pads: []int64{1, 2, 0, 1}},
		{channels: 600, kernels: 600, height: 9, width: 9, pads: []int64{0, 0, 1, 3}, strides: []int64{2, 2}},
		{channels: 512, kernels: 512, height: 3, width: 3},
		{channels: 160, kernels: 160, height: 8, width: 8, pads: ones, dilations: []int64{1, 2}, left: true},
		{channels: 160, kernels: 160, height: 8, width: 8, pads: ones, strides: []int64{3, 1}, left: true},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			b := c.build(t)
			m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Places(m, nil) })
			if left := passtest.Count(m, "Conv") == 1; left != c.left {
				t.Fatalf("the convolution is left as it was: %v", left)
			}
			if c.left {
				return
			}
			passtest.Near(t, b.Model(), m, passtest.Images(2, c.channels, c.height, c.width), 1e-5)
		})
	}
}

// window is how a convolution's slides, as far as that is given.
func window(strides, pads, dilations []int64) (attrs []graphs.Attribute) {
	for name, v := range map[string][]int64{"strides": strides, "pads": pads, "dilations": dilations} {
		if v != nil {
			attrs = append(attrs, graphs.Ints(name, v...))
		}
	}
	return attrs
}

// TestWinogradKeeps leaves a convolution whose output is asked for by name.
func TestWinogradKeeps(t *testing.T) {
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Known(1), graphs.Known(160), graphs.Known(8), graphs.Known(8)}})
	y := b.Op("Conv", []string{x, b.Initializer(passtest.Wave("w", 160, 160, 3, 3))}, graphs.Ints("pads", 1, 1, 1, 1))
	b.Output(b.Op("Relu", []string{y}))
	m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Places(m, map[string]bool{y: true}) })
	if passtest.Count(m, "Conv") != 1 {
		t.Errorf("%q is gone", y)
	}
}
