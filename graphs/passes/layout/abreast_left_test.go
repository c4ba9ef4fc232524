package layout_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// TestAbreastLeaves leaves depthwise convolutions whose sizes or padding are not
// plain, and of other ranks and types, as they are.
func TestAbreastLeaves(t *testing.T) {
	n := graphs.Symbolic("N")
	known := func(sizes ...int64) (s graphs.Shape) {
		for _, d := range sizes {
			s = append(s, graphs.Known(d))
		}
		return append(graphs.Shape{n, graphs.Known(4)}, s...)
	}
	for name, test := range map[string]struct {
		shape graphs.Shape // of x
		fed   []int
		elem  graphs.DType
		w     []int64
		attrs []graphs.Attribute
		left  bool
	}{
		"plain":             {known(6, 6), []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 1, 3, 3}, nil, false},
		"NOTSET":            {known(6, 6), []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 1, 3, 3}, []graphs.Attribute{graphs.Str("auto_pad", "NOTSET")}, false},
		"kernel's shape":    {known(6, 6), []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 1, 3, 3}, []graphs.Attribute{graphs.Ints("kernel_shape", 3, 3)}, false},
		"VALID":             {known(6, 6), []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 1, 3, 3}, []graphs.Attribute{graphs.Str("auto_pad", "VALID")}, true},
		"SAME_LOWER":        {known(6, 6), []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 1, 2, 2}, []graphs.Attribute{graphs.Str("auto_pad", "SAME_LOWER")}, true},
		"one axis":          {known(6), []int{2, 4, 6}, graphs.Float32, []int64{4, 1, 3}, nil, true},
		"three axes":        {known(3, 4, 5), []int{2, 4, 3, 4, 5}, graphs.Float32, []int64{4, 1, 2, 2, 2}, nil, true},
		"float64":           {known(6, 6), []int{2, 4, 6, 6}, graphs.Float64, []int64{4, 1, 3, 3}, nil, true},
		"height unknown":    {graphs.Shape{n, graphs.Known(4), graphs.Symbolic("H"), graphs.Known(6)}, []int{2, 4, 5, 6}, graphs.Float32, []int64{4, 1, 3, 3}, nil, true},
		"batch unknown":     {graphs.Shape{graphs.UnknownDim, graphs.Known(4), graphs.Known(6), graphs.Known(6)}, []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 1, 3, 3}, nil, true},
		"shape unknown":     {nil, []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 1, 3, 3}, nil, true},
		"pairs of channels": {known(6, 6), []int{2, 4, 6, 6}, graphs.Float32, []int64{4, 2, 3, 3}, nil, true},
		"a single sample":   {graphs.Shape{graphs.Known(1), graphs.Known(4), graphs.Known(6), graphs.Known(20)}, []int{1, 4, 6, 20}, graphs.Float32, []int64{4, 1, 3, 3}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := passtest.Builder(t)
			x := b.Input("x", graphs.Type{Elem: test.elem, Shape: test.shape})
			w := b.Initializer(ofType(passtest.Wave("w", test.w...), test.elem))
			attrs := append([]graphs.Attribute{graphs.Int("group", 4/test.w[1])}, test.attrs...)
			b.Output(b.Op("Neg", []string{b.Op("Conv", []string{x, w}, attrs...)}))
			m := passtest.Passed(t, b, all["Abreast"])
			if left := passtest.Count(m, "Conv") == 1; left != test.left {
				t.Errorf("the convolution is left: %t", left)
			}
			fed := passtest.Numbers(test.fed...)
			fed.Type = test.elem
			passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": fed}, 1e-6)
		})
	}
}

// ofType returns a tensor with its values as another type.
func ofType(w *graphs.Tensor, elem graphs.DType) *graphs.Tensor {
	values := make([]float64, w.Len())
	for i := range values {
		values[i] = w.At(i)
	}
	return graphs.NewTensor(w.Name, elem, w.Dims, values)
}

// TestAbreastCaptures leaves what branches read as images.
func TestAbreastCaptures(t *testing.T) {
	planes := sliding{channels: 4, height: 6, width: 6, kernel: [2]int64{3, 3}, pads: [4]int64{1, 1, 1, 1}}
	b := passtest.Builder(t)
	w := &network{Builder: b}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(4), graphs.Known(6), graphs.Known(6)}})
	y := planes.apply(w, x)
	read := w.Op("Relu", []string{y})
	branch := func(op, output string) *graphs.Graph {
		return &graphs.Graph{Name: output, Nodes: []*graphs.Node{{Op: op, Inputs: []string{read}, Outputs: []string{output}}}, Outputs: []*graphs.Value{{Name: output}}}
	}
	condition := w.Greater(w.ReduceSum(x, false), w.Scalar(graphs.Float32, 0))
	b.Append(&graphs.Node{Op: "If", Inputs: []string{condition}, Outputs: []string{"either"}, Attributes: []graphs.Attribute{
		graphs.Subgraph("then_branch", branch("Neg", "then")), graphs.Subgraph("else_branch", branch("Exp", "else"))}})
	b.Output(b.Op("Add", []string{"either", planes.apply(w, read)}))
	m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Abreast(m, nil) })
	if passtest.Count(m, "Conv") > 0 {
		t.Error("a convolution is left")
	}
	in := passtest.Numbers(3, 4, 6, 6)
	passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": in}, 1e-6)
	for i := range in.F {
		in.F[i] = -in.F[i]
	}
	passtest.Near(t, b.Model(), m, map[string]*eval.Value{"x": in}, 1e-6)
}
