package layout_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// TestTrim looks for kernels of the size that meets something.
func TestTrim(t *testing.T) {
	for _, c := range []struct {
		plane, kernel, stride, dilation, pad, want int64
	}{
		{1, 3, 1, 1, 1, 1}, {2, 3, 2, 1, 1, 2}, {2, 5, 1, 1, 2, 3}, {1, 3, 1, 2, 2, 1}, {4, 7, 2, 1, 3, 6}, {2, 3, 1, 1, 1, 3}, {3, 3, 1, 1, 1, 3}, {1, 1, 1, 1, 0, 1}, {40, 127, 1, 1, 63, 127},
	} {
		_, m, _ := trimmed(t, c.plane, c.kernel, c.stride, c.dilation, c.pad, c.pad)
		for _, n := range m.Graph.Nodes {
			if want := []int64{c.want, c.want}; n.Op == "Conv" && !slices.Equal(n.Ints("kernel_shape"), want) {
				t.Errorf("%v: kernels are %v, want %v", c, n.Ints("kernel_shape"), want)
			}
		}
	}
}

// TestTrimKeeps compares convolutions of small planes, and their gradients, with
// what Trim makes of them.
func TestTrimKeeps(t *testing.T) {
	changed := 0
	for i := range int64(4 * 5 * 3 * 2 * 4 * 4) {
		next := func(n int64) int64 { v := i % n; i /= n; return v }
		plane, kernel, stride, dilation, before, after := 1+next(4), 1+next(5), 1+next(3), 1+next(2), next(4), next(4)
		if plane+before+after < (kernel-1)*dilation+1 {
			continue
		}
		b, m, in := trimmed(t, plane, kernel, stride, dilation, before, after)
		if graphs.Text(b) == graphs.Text(m) {
			continue
		}
		changed++
		passtest.Close(t, fmt.Sprint(plane, kernel, stride, dilation, before, after), withGradients(t, b), withGradients(t, m), in, 1e-6)
	}
	if changed < 200 {
		t.Errorf("%d convolutions were changed: too few to tell", changed)
	}
}

// trimmed is a convolution of square planes, padded alike along both axes, what
// Trim makes of it, and images.
func trimmed(t *testing.T, plane, kernel, stride, dilation, before, after int64) (m, out *graphs.Model, in map[string]*eval.Value) {
	t.Helper()
	b := passtest.Builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(4), graphs.Known(plane), graphs.Known(plane)}})
	w := &network{Builder: b}
	y := b.Op("Conv", []string{x, w.weight(6, 2, kernel, kernel), w.weight(6)}, graphs.Int("group", 2), graphs.Ints("kernel_shape", kernel, kernel),
		graphs.Ints("strides", stride, stride), graphs.Ints("dilations", dilation, dilation), graphs.Ints("pads", before, before, after, after))
	b.Output(b.Op("Tanh", []string{y}))
	out = passtest.Passed(t, b, layout.Trim)
	return b.Model(), out, passtest.Images(2, 4, plane, plane)
}
