package layout_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// TestFilter compares convolutions with their products on small planes and
// axis by axis, and where tiles overhang.
func TestFilter(t *testing.T) {
	ones := []int64{1, 1, 1, 1}
	for _, c := range []filteredCase{
		{channels: 256, kernels: 200, height: 8, width: 8, batch: 16, pads: ones},
		{channels: 512, kernels: 512, height: 4, width: 4, batch: 128, pads: ones, bias: true},
		{channels: 512, kernels: 512, height: 4, width: 4, batch: 16, pads: ones},
		{channels: 512, kernels: 512, height: 4, width: 4, batch: 8, pads: ones, left: true}, // too few for what kernels cost
		{channels: 256, kernels: 300, height: 7, width: 5, batch: 64, pads: ones, bias: true},
		{channels: 160, kernels: 160, height: 8, width: 7, batch: 64, pads: []int64{1, 2, 0, 1}},
		{channels: 256, kernels: 256, height: 8, width: 8, batch: 64},
		{channels: 256, kernels: 512, height: 8, width: 8, batch: 128, pads: ones, strides: []int64{2, 2}},
		{channels: 256, kernels: 512, height: 7, width: 8, batch: 128, pads: ones, strides: []int64{1, 2}, bias: true},
		{channels: 128, kernels: 128, height: 16, width: 16, batch: 128, pads: ones, bias: true},
		{channels: 96, kernels: 130, height: 9, width: 16, batch: 64, pads: ones},
		{channels: 64, kernels: 64, height: 32, width: 32, batch: 128, pads: ones},
		{channels: 160, kernels: 160, height: 11, width: 13, batch: 64, pads: []int64{0, 2, 1, 0}},
		{channels: 3, kernels: 64, height: 32, width: 32, batch: 128, pads: ones, left: true},
		{channels: 64, kernels: 64, height: 32, width: 32, batch: 512, pads: ones, left: true},
		{channels: 1, kernels: 1, height: 1 << 31, width: 1 << 31, batch: 1, pads: ones, left: true},
		{channels: 1, kernels: 1 << 16, height: 1, width: 1 << 23, batch: 1, pads: ones, left: true},
		{channels: 64, kernels: 64, height: 56, width: 56, batch: 16, pads: ones, left: true},
		{channels: 256, kernels: 256, height: 8, width: 8, batch: 64, pads: ones, dilations: []int64{1, 2}, left: true},
		{channels: 256, kernels: 256, height: 8, width: 8, batch: 64, pads: ones, strides: []int64{3, 1}, left: true},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			b := c.build(t)
			m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) {
				return layout.Filter(m, c.batch, 1.15, nil)
			})
			if left := passtest.Count(m, "Conv") == 1; left != c.left {
				t.Fatalf("the convolution is left as it was: %v", left)
			}
			if !c.left {
				transpositions := 1 // of the kernels' numbers
				if c.height*c.width <= 64 {
					transpositions = 3
				}
				if got := passtest.Count(m, "Transpose"); got != transpositions {
					t.Errorf("%d transpositions, want %d", got, transpositions)
				}
				passtest.Near(t, b.Model(), m, passtest.Images(2, c.channels, c.height, c.width), 1e-5)
			}
		})
	}
}

// TestFilterLeaves leaves other convolutions, and those asked for by name, however
// little filtering costs.
func TestFilterLeaves(t *testing.T) {
	same, known := graphs.Ints("pads", 1, 1, 1, 1), graphs.StaticShape(2, 4, 6, 5)
	unknownPlanes := graphs.Shape{graphs.Known(2), graphs.Known(4), graphs.Symbolic("H"), graphs.Known(5)}
	for name, c := range map[string]struct {
		x       graphs.Shape
		kernels []int64
		attrs   []graphs.Attribute
		elem    graphs.DType
		keep    bool
		left    int
	}{
		"filtered":                 {x: known, kernels: []int64{4, 4, 3, 3}, attrs: []graphs.Attribute{same}},
		"padding by size":          {x: known, kernels: []int64{4, 4, 3, 3}, attrs: []graphs.Attribute{graphs.Str("auto_pad", "SAME_UPPER")}, left: 1},
		"groups":                   {x: known, kernels: []int64{4, 2, 3, 3}, attrs: []graphs.Attribute{same, graphs.Int("group", 2)}, left: 1},
		"kernels of another shape": {x: known, kernels: []int64{4, 4, 3, 2}, attrs: []graphs.Attribute{same}, left: 1},
		"signals":                  {x: graphs.StaticShape(2, 4, 6), kernels: []int64{4, 4, 3}, left: 1},
		"volumes":                  {x: graphs.StaticShape(2, 4, 6, 5, 4), kernels: []int64{4, 4, 3, 3, 3}, left: 1},
		"planes of unknown height": {x: unknownPlanes, kernels: []int64{4, 4, 3, 3}, attrs: []graphs.Attribute{same}, left: 1},
		"double":                   {x: known, kernels: []int64{4, 4, 3, 3}, attrs: []graphs.Attribute{same}, elem: graphs.Float64, left: 1},
		"half":                     {x: known, kernels: []int64{4, 4, 3, 3}, attrs: []graphs.Attribute{same}, elem: graphs.Float16, left: 1},
		"asked for by name":        {x: known, kernels: []int64{4, 4, 3, 3}, attrs: []graphs.Attribute{same}, keep: true, left: 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := passtest.Builder(t)
			elem := c.elem
			if elem == 0 {
				elem = graphs.Float32
			}
			x := b.Input("x", graphs.Type{Elem: elem, Shape: c.x})
			y := b.Op("Conv", []string{x, b.Input("w", graphs.Type{Elem: elem, Shape: graphs.StaticShape(c.kernels...)})}, c.attrs...)
			b.Output(b.Op("Relu", []string{y}))
			m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) {
				return layout.Filter(m, 2, 0, map[string]bool{y: c.keep})
			})
			if got := passtest.Count(m, "Conv"); got != c.left {
				t.Errorf("%d convolutions, want %d\n%s", got, c.left, graphs.Text(m))
			}
		})
	}
}
