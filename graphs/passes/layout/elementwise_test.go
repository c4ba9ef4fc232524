package layout_test

import (
	"math"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// activations compute element by element; slope is a number for each channel.
var activations = map[string]func(b *graphs.Builder, x, slope string) string{
	"Celu": func(b *graphs.Builder, x, _ string) string {
		return b.Op("Celu", []string{x}, graphs.Float("alpha", 0.7))
	},
	"GELU": gelu,
	"Gelu": func(b *graphs.Builder, x, _ string) string {
		return b.Op("Gelu", []string{x}, graphs.Str("approximate", "tanh"))
	},
	"Mish":     func(b *graphs.Builder, x, _ string) string { return b.Op("Mish", []string{x}) },
	"PRelu":    func(b *graphs.Builder, x, slope string) string { return b.Op("PRelu", []string{x, slope}) },
	"Relu":     func(b *graphs.Builder, x, _ string) string { return b.Op("Relu", []string{x}) },
	"Softsign": func(b *graphs.Builder, x, _ string) string { return b.Op("Softsign", []string{x}) },
	"Swish": func(b *graphs.Builder, x, _ string) string {
		return b.Op("Swish", []string{x}, graphs.Float("alpha", 1.5))
	},
	"ThresholdedRelu": func(b *graphs.Builder, x, _ string) string {
		return b.Op("ThresholdedRelu", []string{x}, graphs.Float("alpha", 0.1))
	},
}

// gelu is written out as PyTorch does for operator sets before 20.
func gelu(b *graphs.Builder, x, _ string) string {
	cdf := b.Scale(b.Shift(b.Op("Erf", []string{b.Scale(x, math.Sqrt2/2)}), 1), 0.5)
	return b.Mul(x, cdf)
}

// TestActivations keeps each layout through an activation, and compares results
// and, of the passes before differentiation, gradients.
func TestActivations(t *testing.T) {
	planes := sliding{channels: 6, height: 8, width: 8, kernel: [2]int64{3, 3}, pads: [4]int64{1, 1, 1, 1}}
	for name, apply := range activations {
		t.Run("Abreast/"+name, func(t *testing.T) {
			_, m := checkAbreast(t, graphs.Symbolic("N"), planes, func(w *network, x string) string {
				return planes.apply(w, apply(w.Builder, planes.apply(w, x), w.weight(6, 1, 1)))
			})
			checkTurns(t, m, 2) // into the layout and out of it
		})
		t.Run("Places/"+name, func(t *testing.T) {
			b := passtest.Builder(t)
			w := &network{Builder: b}
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(160), graphs.Known(4), graphs.Known(4)}})
			x = apply(b, w.conv(x, 160, 3, padded), w.weight(160, 1, 1))
			b.Output(b.Op("Tanh", []string{w.ReduceMean(w.conv(x, 160, 3, padded), false, 2, 3)}))
			m := passtest.Passed(t, b, all["Places"])
			if left := passtest.Count(m, "Conv"); left > 0 {
				t.Errorf("%d convolutions are left", left)
			}
			passtest.Near(t, withGradients(t, b.Model()), withGradients(t, m), passtest.Images(2, 160, 4, 4), 1e-5)
			if got := turned(m); got != 1 {
				t.Errorf("%d changes between images and matrices, want 1", got)
			}
		})
		t.Run("Columns/"+name, func(t *testing.T) {
			b := passtest.Builder(t)
			w := &network{Builder: b}
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(5)}})
			x = apply(b, b.Gemm(x, w.weight(4, 5), false, true), w.weight(4))
			b.Output(b.Gemm(x, w.weight(3, 4), false, true))
			m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Columns(m, "x") })
			checkTurns(t, m, 1) // of the output
			passtest.Same(t, b.Model(), m, passtest.Images(3, 5))
		})
		t.Run("BatchLast/"+name, func(t *testing.T) {
			g := newPlanesGraph(t)
			g.Output(g.behind(apply(g.Builder, g.first(g.input("rows", 4, 2, 5, 3)), g.input("slope", 4, 1, 1))))
			m := passtest.Passed(t, g.Builder, batchLast)
			checkTurns(t, m, 0)
			passtest.Same(t, g.Model(), m, g.feeds)
		})
	}
}

// checkTurns counts the transpositions that are left.
func checkTurns(t *testing.T, m *graphs.Model, want int) {
	t.Helper()
	if got := passtest.Count(m, "Transpose"); got != want {
		t.Errorf("%d transpositions, want %d\n%s", got, want, graphs.Text(m))
	}
}
