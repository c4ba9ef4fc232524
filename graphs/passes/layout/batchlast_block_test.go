package layout_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
	"github.com/memdil/memdil/graphs/passes/cuda"
	"github.com/memdil/memdil/ort/orttest"
)

// block is a residual block forward and backward: two convolutions, each with a
// BatchNormalization, and a shortcut of strides.
func block(t *testing.T) *planesGraph {
	g := newPlanesGraph(t)
	x := g.input("x", 3, 4, 4, 4)
	padded, strides := graphs.Ints("pads", 1, 1, 1, 1), graphs.Ints("strides", 2, 2)
	norm := func(x string) (y string, back func(v string) string) {
		axes := g.BatchAxes(x)
		_, centred, variance := g.Moments(x, axes...)
		inv := g.InvStdDev(variance, 1e-5)
		xhat := g.Mul(centred, inv)
		return xhat, func(v string) string {
			off := g.Mul(xhat, g.ReduceMean(g.Mul(v, xhat), true, axes...))
			return g.Mul(inv, g.Sub(g.Sub(v, g.ReduceMean(v, true, axes...)), off))
		}
	}
	gate := func(y, v string) string {
		return g.Where(g.Greater(y, g.Scalar(graphs.Float32, 0)), v, g.Scalar(graphs.Float32, 0))
	}
	conv := func(x, w string, attrs ...graphs.Attribute) string { return g.Op("Conv", []string{x, w}, attrs...) }
	w := g.input("weights", 5, 5, 3, 3)
	a, backA := norm(conv(x, g.input("a", 5, 4, 3, 3), padded, strides))
	a = g.relu(a)
	b, backB := norm(conv(a, w, padded))
	s, backS := norm(conv(x, g.input("short", 5, 4, 1, 1), strides))
	y := g.relu(g.Add(b, s))
	v := gate(y, g.input("gradient", 3, 5, 1, 1))
	dB := backB(v)
	dA := backA(gate(a, conv(dB, g.Transpose(w, 1, 0, 2, 3), padded)))
	for _, o := range []string{y, g.Op("ConvTranspose", []string{dA, "a"}, padded, strides), g.Transpose(backS(v), 1, 0, 2, 3), g.Unfold(dB, graphs.Still(2), graphs.Still(2))} {
		g.Output(o)
	}
	return g
}

// deviceBlock are the device loop's passes, in short.
var deviceBlock = passtest.InTurn(unfold, batchLast, batchnorm.Standardise, cuda.SplitReductions, passes.Views, passtest.Prune)

// TestBatchLastOfBlock standardises by rows, and turns what enters and leaves.
func TestBatchLastOfBlock(t *testing.T) {
	g := block(t)
	m := passtest.Passed(t, g.Builder, deviceBlock)
	want := map[string]int{
		"LayerNormalization": 3,
		"ReduceMean":         5, // of the gradients: three with x̂, and two alone
		"ReduceSum":          0,
		// x, the kernels turned around, the output, the gradient by
		// a sample's channels, and two gradients that leave.
		"Transpose": 6,
	}
	for op, n := range want {
		if got := passtest.Count(m, op); got != n {
			t.Errorf("%d of %s, want %d\n%s", got, op, n, graphs.Text(m))
		}
	}
	passtest.Same(t, g.Model(), m, g.feeds)
}

// TestBatchLastOnRuntime runs what comes out on ONNX Runtime, in float32.
func TestBatchLastOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	check := func(t *testing.T, g *planesGraph, pass passtest.Pass) {
		want, err := eval.Run(g.Model(), g.feeds)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range orttest.Floats(t, r, passtest.Passed(t, g.Builder, pass), g.feeds) {
			passtest.CloseValues(t, name, got, want[name].F, 1e-5)
		}
	}
	for _, c := range batchLastCases {
		t.Run(c.name, func(t *testing.T) {
			g := newPlanesGraph(t)
			for _, o := range c.build(g, g.input("rows", 4, 2, 5, 3)) {
				g.Output(o)
			}
			check(t, g, batchLast)
		})
	}
	t.Run("block", func(t *testing.T) { check(t, block(t), deviceBlock) })
}
