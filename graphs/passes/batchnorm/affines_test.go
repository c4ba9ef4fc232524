package batchnorm_test

import (
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// TestAffines counts the operators on a large tensor that are left, and the
// BatchNormalizations among them.
func TestAffines(t *testing.T) {
	for _, test := range []struct {
		name        string
		build       func(b *graphs.Builder, x, s, r string) string
		large, norm int
	}{
		{"scaled and shifted", func(b *graphs.Builder, x, s, r string) string { return b.Add(b.Mul(s, x), r) }, 1, 1},
		{"shifted and scaled", func(b *graphs.Builder, x, s, r string) string { return b.Mul(b.Add(x, r), s) }, 1, 1},
		{"two shifts", func(b *graphs.Builder, x, s, r string) string { return b.Sub(b.Add(x, r), s) }, 1, 1},
		{"differences", func(b *graphs.Builder, x, s, r string) string { return b.Sub(b.Sub(x, r), s) }, 1, 1},
		{"a scale less a shift", func(b *graphs.Builder, x, s, r string) string { return b.Sub(b.Mul(x, r), s) }, 1, 1},
		{"in a row", func(b *graphs.Builder, x, s, r string) string {
			return b.Add(b.Mul(b.Sub(b.Mul(b.Mul(b.Sub(x, r), s), r), s), s), r)
		}, 1, 1},
		{"on another", func(b *graphs.Builder, x, s, r string) string {
			square := b.Mul(b.ReshapeTo(s, -1), b.ReshapeTo(s, -1))
			return b.Mul(b.Sub(b.Op("BatchNormalization", []string{x, b.ReshapeTo(s, -1), b.ReshapeTo(r, -1), b.ReshapeTo(s, -1), square}), s), r)
		}, 1, 1},
		{"gathered", func(b *graphs.Builder, x, s, r string) string {
			return b.Sub(b.Sub(b.Exp(x), r), b.Mul(s, x))
		}, 3, 1},
		{"gathered of several", func(b *graphs.Builder, x, s, r string) string {
			return b.Mul(r, b.Sub(b.Sub(b.Exp(x), r), b.Add(b.Mul(s, b.Sub(x, r)), r)))
		}, 4, 1},
		{"a vector", func(b *graphs.Builder, x, s, r string) string {
			return b.Add(b.Mul(x, b.ReshapeTo(s, 3, 1, 1)), r)
		}, 1, 1},
		{"of another rank", func(b *graphs.Builder, x, s, r string) string {
			return b.Add(b.Mul(x, b.ReshapeTo(s, 1, 1, 3, 1, 1)), r)
		}, 2, 0},
		{"once", func(b *graphs.Builder, x, s, _ string) string { return b.Mul(x, s) }, 1, 0},
		{"from a number", func(b *graphs.Builder, x, s, r string) string { return b.Sub(s, b.Mul(x, r)) }, 2, 0},
		{"one number", func(b *graphs.Builder, x, _, _ string) string { return b.Shift(b.Scale(x, 2), 1) }, 2, 0},
		{"rows", func(b *graphs.Builder, x, s, r string) string {
			return b.Add(b.Mul(x, b.Transpose(s, 0, 2, 1, 3)), b.Transpose(r, 0, 2, 1, 3))
		}, 2, 0},
		{"small tensors", func(b *graphs.Builder, x, s, r string) string {
			return b.Add(x, b.Add(b.Mul(s, r), b.Mul(r, r)))
		}, 1, 0},
		{"in training", func(b *graphs.Builder, x, s, r string) string {
			v := b.ReshapeTo(s, -1)
			return b.Add(b.Op("BatchNormalization", []string{x, v, v, v, v}, graphs.Int("training_mode", 1)), r)
		}, 2, 1},
		{"small planes", func(b *graphs.Builder, x, s, r string) string {
			x = b.ReshapeTo(x, 4, 3, 15, 1)
			return b.Add(b.Mul(b.ReshapeTo(b.Exp(x), 12, 3, 5), b.ReshapeTo(s, 1, 3, 1)), b.ReshapeTo(r, 1, 3, 1))
		}, 3, 0},
		{"part of a tensor", func(b *graphs.Builder, x, s, r string) string {
			half := b.Op("Slice", []string{x, b.Ints(0), b.Ints(2), b.Ints(0)})
			return b.Op("Concat", []string{b.Add(b.Mul(half, s), r), half}, graphs.Int("axis", 0))
		}, 1, 0},
		{"matrices", func(b *graphs.Builder, x, s, r string) string {
			flat := b.ReshapeTo(x, -1, 3)
			return b.ReshapeLike(b.Add(b.Mul(flat, b.ReshapeTo(s, 1, 3)), b.ReshapeTo(r, 1, 3)), x)
		}, 2, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := passtest.Builder(t)
			shape := graphs.Shape{graphs.Known(4), graphs.Known(3), graphs.Known(3), graphs.Known(5)}
			channels := graphs.Shape{graphs.Known(1), graphs.Known(3), graphs.Known(1), graphs.Known(1)}
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: shape})
			s := b.Input("s", graphs.Type{Elem: graphs.Float32, Shape: channels})
			r := b.Input("r", graphs.Type{Elem: graphs.Float32, Shape: channels})
			b.Output(test.build(b, x, s, r))
			m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) {
				return batchnorm.Affines(m, batchnorm.Large{Plane: 15, Tensor: 180})
			})
			infos, err := graphs.Infer(m)
			if err != nil {
				t.Fatal(err)
			}
			large := 0
			for _, n := range m.Graph.Nodes {
				if size, _ := infos[n.Outputs[0]].Shape.Elements(); size == 180 && !strings.Contains("Reshape Transpose", n.Op) {
					large++
				}
			}
			if norm := passtest.Count(m, "BatchNormalization"); large != test.large || norm != test.norm {
				t.Errorf("%d operators on a large tensor, %d BatchNormalization, want %d, %d\n%s", large, norm, test.large, test.norm, graphs.Text(m))
			}
			passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": passtest.Numbers(4, 3, 3, 5), "s": eval.Floats([]int{1, 3, 1, 1}, 0.5, -2, 3), "r": eval.Floats([]int{1, 3, 1, 1}, 7, 1, -0.1)}, 1e-12)
		})
	}
}
