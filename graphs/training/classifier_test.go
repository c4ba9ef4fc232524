package training_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// TestLastLayer finds W (3×2) and b in every spelling of W·h + b, and nothing in
// what only looks like it.
func TestLastLayer(t *testing.T) {
	byClass := graphs.NewFloats("w", []int64{3, 2}, []float32{1, 2, 3, 4, 5, 6})
	byFeature := graphs.NewFloats("w", []int64{2, 3}, []float32{1, 3, 5, 2, 4, 6})
	transB := graphs.Int("transB", 1)
	for _, c := range []struct {
		name   string
		weight *graphs.Tensor
		build  func(b *graphs.Builder) string
		found  bool
		bias   bool
	}{
		{"Gemm", byClass, func(b *graphs.Builder) string { return b.Op("Gemm", []string{"h", "w", "b"}, transB) }, true, true},
		{"Gemm by feature", byFeature, func(b *graphs.Builder) string { return b.Op("Gemm", []string{"h", "w", "b"}) }, true, true},
		{"Gemm without bias", byClass, func(b *graphs.Builder) string { return b.Op("Gemm", []string{"h", "w"}, transB) }, true, false},
		{"Gemm and Add", byClass, func(b *graphs.Builder) string { return b.Add("b", b.Op("Gemm", []string{"h", "w"}, transB)) }, true, true},
		{"MatMul", byFeature, func(b *graphs.Builder) string { return b.MatMul("h", "w") }, true, false},
		{"MatMul and Add", byFeature, func(b *graphs.Builder) string { return b.Add(b.MatMul("h", "w"), "b") }, true, true},
		{"Transpose and MatMul", byClass, func(b *graphs.Builder) string { return b.Add(b.MatMul("h", b.Transpose("w", 1, 0)), "b") }, true, true},
		{"Transpose and Gemm", byFeature, func(b *graphs.Builder) string {
			return b.Op("Gemm", []string{"h", b.Transpose("w", 1, 0), "b"}, transB)
		}, true, true},
		{"behind a Reshape", byFeature, func(b *graphs.Builder) string { return b.ReshapeTo(b.Add(b.MatMul("h", "w"), "b"), 0, 3) }, true, true},

		{"scaled", byClass, func(b *graphs.Builder) string {
			return b.Op("Gemm", []string{"h", "w", "b"}, transB, graphs.Attribute{Name: "alpha", Type: graphs.AttrFloat, Float: 2})
		}, false, false},
		{"computed bias", byClass, func(b *graphs.Builder) string { return b.Op("Gemm", []string{"h", "w", b.Neg("b")}, transB) }, false, false},
		{"two biases", byClass, func(b *graphs.Builder) string {
			return b.Add(b.Op("Gemm", []string{"h", "w", "b"}, transB), b.Const(graphs.NewFloats("", []int64{3}, []float32{1, 2, 3})))
		}, false, false},
		{"one bias for all", byFeature, func(b *graphs.Builder) string {
			return b.Add(b.MatMul("h", "w"), b.Const(graphs.NewFloats("", []int64{1}, []float32{1})))
		}, false, false},
		{"activation", byFeature, func(b *graphs.Builder) string { return b.Op("Relu", []string{b.MatMul("h", "w")}) }, false, false},
	} {
		m := graphs.NewModel(c.name, 18)
		b, err := graphs.NewBuilder(m)
		if err != nil {
			t.Fatal(err)
		}
		b.Input("h", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
		b.Initializer(c.weight)
		b.Initializer(graphs.NewFloats("b", []int64{3}, []float32{7, 8, 9}))
		b.Named("logits", "Identity", []string{c.build(b)})
		b.Output("logits")
		if err := b.Err(); err != nil {
			t.Fatal(err)
		}
		layer, err := training.ReadLastLayer(m, "h", "logits")
		if err != nil || c.found != (layer != nil) {
			t.Errorf("%s: found %+v, error %v", c.name, layer, err)
			continue
		}
		if !c.found {
			continue
		}
		if layer.Classes != 3 || layer.Dim != 2 || !slices.Equal(layer.Weight, byClass.Float32s()) {
			t.Errorf("%s: %+v", c.name, layer)
		}
		if want := map[bool][]float32{true: {7, 8, 9}}[c.bias]; !slices.Equal(layer.Bias, want) {
			t.Errorf("%s: bias %v, want %v", c.name, layer.Bias, want)
		}
	}
}
