package autodiff

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// TestMaskedGradients has steep functions behind a Relu: where it is 0 their
// derivative is infinite and that of the whole is 0, as in PyTorch. The
// gradient is a choice there and a product elsewhere.
func TestMaskedGradients(t *testing.T) {
	for name, test := range map[string]struct {
		rest   func(b *graphs.Builder, y string) string
		choice bool
		want   []float64 // by −1, 4
	}{
		"nothing":        {func(_ *graphs.Builder, y string) string { return y }, false, []float64{0, 1}},
		"square root":    {func(b *graphs.Builder, y string) string { return b.Sqrt(y) }, true, []float64{0, 0.25}},
		"in other shape": {func(b *graphs.Builder, y string) string { return b.Log(b.Neg(b.Neg(b.ReshapeTo(y, 2, 1)))) }, true, []float64{0, 0.25}},
		"divisor":        {func(b *graphs.Builder, y string) string { return b.Div(b.Like(y, 16), y) }, true, []float64{0, -1}},
		"dividend":       {func(b *graphs.Builder, y string) string { return b.Div(y, b.Like(y, 2)) }, false, []float64{0, 0.5}},
		"small power":    {func(b *graphs.Builder, y string) string { return b.Pow(y, b.Like(y, 0.5)) }, true, []float64{0, 0.25}},
		"square":         {func(b *graphs.Builder, y string) string { return b.Pow(y, b.Like(y, 2)) }, false, []float64{0, 8}},
		"behind a product": {func(b *graphs.Builder, y string) string {
			column := b.ReshapeTo(y, 2, 1)
			return b.Sqrt(b.Shift(b.MatMul(column, b.Const(graphs.NewFloats("", []int64{1, 1}, []float32{1}))), 5))
		}, false, []float64{0, 1. / 6}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := graphs.NewBuilder(graphs.NewModel("masked", 18))
			if err != nil {
				t.Fatal(err)
			}
			x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(2)})
			loss := b.ReduceSum(test.rest(b, b.Op("Relu", []string{x})), false)
			grads, err := Gradients(b, loss, []string{x})
			if err != nil {
				t.Fatal(err)
			}
			out, err := eval.Run(b.Model(), map[string]*eval.Value{"x": eval.Floats([]int{2}, -1, 4)}, grads[x])
			if err != nil {
				t.Fatal(err)
			}
			if got := out[grads[x]].F; !slices.Equal(got, test.want) {
				t.Errorf("gradient %v, want %v", got, test.want)
			}
			product := slices.ContainsFunc(b.Model().Graph.Nodes, func(n *graphs.Node) bool { return n.Op == "Cast" })
			if product == test.choice {
				t.Errorf("the gradient is a product with a mask: %t\n%s", product, graphs.Text(b.Model()))
			}
		})
	}
}
