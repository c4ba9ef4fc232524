package layout_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
)

// TestAbreastUnfolds compares convolutions of small planes, and their gradients,
// with products of unfolded ones.
func TestAbreastUnfolds(t *testing.T) {
	for _, c := range []struct {
		channels, kernels, height, width, kernel int64
		strides, dilations                       []int64
		pads                                     []int64
		bias, left                               bool
	}{
		{channels: 4, kernels: 5, height: 4, width: 4, kernel: 3, pads: []int64{1, 1, 1, 1}},
		{channels: 4, kernels: 5, height: 2, width: 3, kernel: 3, pads: []int64{1, 1, 1, 1}, bias: true},
		{channels: 3, kernels: 2, height: 4, width: 3, kernel: 3, pads: []int64{1, 0, 2, 1}, strides: []int64{2, 1}},
		{channels: 3, kernels: 2, height: 3, width: 5, kernel: 2, dilations: []int64{2, 1}, bias: true},
		{channels: 1, kernels: 3, height: 4, width: 4, kernel: 5, pads: []int64{2, 2, 2, 2}},
		{channels: 4, kernels: 5, height: 4, width: 5, kernel: 3, pads: []int64{1, 1, 1, 1}, left: true},
		{channels: 300, kernels: 300, height: 4, width: 4, kernel: 3, pads: []int64{1, 1, 1, 1}, left: true}, // for Places
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			images := sliding{channels: c.channels, height: c.height, width: c.width}
			_, m := checkAbreast(t, graphs.Symbolic("N"), images, func(w *network, x string) string {
				inputs := []string{x, w.weight(c.kernels, c.channels, c.kernel, c.kernel)}
				if c.bias {
					inputs = append(inputs, w.weight(c.kernels))
				}
				return w.Op("Conv", inputs, window(c.strides, c.pads, c.dilations)...)
			})
			if left := passtest.Count(m, "Conv") == 1; left != c.left {
				t.Errorf("the convolution is left as it was: %t", left)
			}
		})
	}
}
