package layout_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/cpu"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// TestPools compares pools of blocks, between convolutions that are products of
// matrices, and their gradients with what Places, Maxima and Masks make of them.
// Every other channel is even: the first of its places gets all.
func TestPools(t *testing.T) {
	for _, block := range [][]int64{{2, 2}, {1, 2}, {4, 1}, {2, 4}, {8, 8}, {3, 3}, {2, 5}} {
		b := passtest.Builder(t)
		w := &network{Builder: b}
		x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(6), graphs.Known(8), graphs.Known(8)}})
		y := w.conv(w.conv(x, 160, 1), 160, 3, padded)
		even := make([]float32, 160)
		for i := range 80 {
			even[2*i] = 1
		}
		y = w.Add(w.Mul(y, w.Initializer(graphs.NewFloats(w.name(), []int64{160, 1, 1}, even))), w.weight(160, 1, 1))
		y = w.Op("MaxPool", []string{y}, graphs.Ints("kernel_shape", block...), graphs.Ints("strides", block...))
		b.Output(w.Op("Tanh", []string{w.ReduceMean(w.Mul(y, w.weight(160, 8/block[0], 8/block[1])), false, 2, 3)}))
		made := withGradients(t, passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Places(m, nil) }))
		made, err := passtest.InTurn(layout.Maxima, cpu.Masks)(made)
		if err != nil {
			t.Fatal(err)
		}
		if largest := passtest.Count(made, "Max"); largest != int(block[0]+block[1]-2) || passtest.Count(made, "MaxPool")+passtest.Count(made, "Relu") > 0 {
			t.Errorf("%v: %d maxima, or some that are none yet", block, largest)
		}
		passtest.Near(t, withGradients(t, b.Model()), made, passtest.Images(3, 6, 8, 8), 1e-5)
	}
}

// TestPoolsLeft leaves pools whose windows overlap, leave places out between them,
// or reach beyond the plane.
func TestPoolsLeft(t *testing.T) {
	for _, attrs := range [][]graphs.Attribute{
		{graphs.Ints("kernel_shape", 3, 3), graphs.Ints("strides", 2, 2)},
		{graphs.Ints("kernel_shape", 2, 2)},
		{graphs.Ints("kernel_shape", 3, 3), graphs.Ints("strides", 3, 3), graphs.Int("ceil_mode", 1)},
		{graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2), graphs.Ints("pads", 1, 1, 1, 1)},
		{graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2), graphs.Ints("dilations", 2, 1)},
		{graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2), graphs.Str("auto_pad", "SAME_UPPER")},
	} {
		b := passtest.Builder(t)
		w := &network{Builder: b}
		x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(6), graphs.Known(8), graphs.Known(8)}})
		b.Output(w.ReduceMean(w.Op("MaxPool", []string{w.conv(w.conv(x, 160, 1), 160, 3, padded)}, attrs...), false, 2, 3))
		m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Places(m, nil) })
		if passtest.Count(m, "MaxPool") != 1 {
			t.Errorf("%v is gone", attrs)
		}
	}
}
