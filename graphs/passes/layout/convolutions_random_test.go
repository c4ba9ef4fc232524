package layout_test

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// TestMultiplyConvolutionsOfRandomNetworks keeps what random networks of
// convolutions and pools, some of them asked for by name, and their gradients
// compute.
func TestMultiplyConvolutionsOfRandomNetworks(t *testing.T) {
	passtest.Seeds(t, 200, 200, 100, func(t *testing.T, c graphtest.Choices) bool {
		return checkRandomConvolutions(t, c, layout.MultiplyConvolutions)
	})
}

// TestFilterOfRandomNetworks does so for the filters of a GPU.
func TestFilterOfRandomNetworks(t *testing.T) {
	passtest.Seeds(t, 1500, 200, 100, func(t *testing.T, c graphtest.Choices) bool {
		return checkRandomConvolutions(t, c, func(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
			return layout.Filter(m, 2, 0, keep)
		})
	})
}

// checkRandomConvolutions reports whether a convolution or pool became something else.
func checkRandomConvolutions(t *testing.T, c graphtest.Choices, pass func(m *graphs.Model, keep map[string]bool) (*graphs.Model, error)) bool {
	t.Helper()
	choose := func(sizes ...int64) int64 { return sizes[c.Below(len(sizes))] }
	samples := choose(1, 2)
	shape := []int64{samples, choose(1, 3), choose(1, 2, 3, 5, 8), choose(1, 2, 3, 4, 7)}
	batch := []graphs.Dim{graphs.Symbolic("N"), graphs.Known(samples)}[c.Below(2)]
	b := passtest.Builder(t)
	w := &network{Builder: b}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{batch, graphs.Known(shape[1]), graphs.Known(shape[2]), graphs.Known(shape[3])}})
	keep := map[string]bool{}
	for range 2 + c.Below(4) {
		x = randomWindow(w, x, &c)
		switch c.Below(12) {
		case 0:
			b.Output(x)
		case 1:
			keep[x] = true
		}
	}
	b.Output(b.Op("Tanh", []string{x}))
	m := b.Model()
	made := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return pass(m, keep) })
	changed := passtest.Count(m, "Conv") != passtest.Count(made, "Conv") || passtest.Count(m, "MaxPool") != passtest.Count(made, "MaxPool")
	made, err := passtest.InTurn(layout.Maxima, cpu.Masks)(withGradients(t, made))
	if err != nil {
		t.Fatal(err)
	}
	passtest.Close(t, fmt.Sprint(shape), withGradients(t, m), made, passtest.Images(shape...), 1e-4)
	return changed
}

// randomWindow appends a convolution or a pool whose windows fit the padded
// planes, or what computes on each element.
func randomWindow(w *network, x string, c *graphtest.Choices) string {
	in := w.Shape(x)
	var kernel, strides, dilations, pads, blocks []int64
	filtered := c.Below(2) == 0 // of 3×3, if that fits
	for _, d := range in[2:] {
		k := int64(1 + c.Below(4))
		before, after := int64(c.Below(3)), int64(c.Below(3))
		if c.Below(3) == 0 {
			before, after = 0, 0
		}
		if c.Below(4) == 0 {
			k, before, after = d.Size, 0, 0
		}
		dilation := int64(1 + c.Below(6)/5)
		if filtered {
			k, dilation = 3, 1
		}
		for (k-1)*dilation+1 > d.Size+before+after {
			k--
		}
		kernel, strides, dilations = append(kernel, k), append(strides, int64(1+c.Below(4)*c.Below(2))), append(dilations, dilation)
		pads, blocks = append(pads, before), append(blocks, min(d.Size, int64(1+c.Below(4))))
		pads = append(pads, after)
	}
	pads = []int64{pads[0], pads[2], pads[1], pads[3]}
	switch c.Below(8) {
	case 0:
		attrs := []graphs.Attribute{graphs.Ints("kernel_shape", blocks...), graphs.Ints("strides", blocks...), graphs.Int("ceil_mode", int64(c.Below(2)))}
		y := w.Node("MaxPool", []string{x}, 1+c.Below(4)/3, attrs...)
		return y[0]
	case 1, 2:
		return w.Op("MaxPool", []string{x}, graphs.Ints("kernel_shape", blocks...), graphs.Ints("strides", blocks...))
	case 3:
		return w.norm(x, 0)
	case 4:
		return w.Op("Relu", []string{x})
	}
	inputs := []string{x, w.weight(int64(1+c.Below(9)), in[1].Size, kernel[0], kernel[1])}
	if c.Below(2) == 0 {
		inputs = append(inputs, w.weight(w.Shape(inputs[1])[0].Size))
	}
	return w.Op("Conv", inputs, graphs.Ints("strides", strides...), graphs.Ints("dilations", dilations...), graphs.Ints("pads", pads...))
}
