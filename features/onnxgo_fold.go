package features

import (
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// foldAffine folds what multiplies columns by constants and adds constants to
// them into the linear layer before it: BatchNormalization in inference form,
//
//	y = (x − μ)/√(σ² + ε)·γ + β = s·x + t,  s = γ/√(σ² + ε),  t = β − s·μ
//
// and the bias after a MatMul. Layers whose output is used elsewhere stay as
// well.
func foldAffine(m *graphs.Model) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		switch n.StandardOp() {
		case "MatMul":
			return matMulAsGemm(b, n)
		case "Add":
			if out := foldBias(b, n.Input(0), n.Input(1)); out != nil {
				return out
			}
			return foldBias(b, n.Input(1), n.Input(0))
		case "BatchNormalization":
			if s, t := normAffine(b, n); s != nil {
				return foldInto(b, n.Input(0), s, t)
			}
		}
		return nil
	})
}

// matMulAsGemm writes the product with a constant matrix as a layer without
// bias.
func matMulAsGemm(b *graphs.Builder, n *graphs.Node) []string {
	w := b.Info(n.Input(1)).Const
	if w == nil || len(w.Dims) != 2 || len(b.Shape(n.Input(0))) != 2 {
		return nil
	}
	return []string{b.Gemm(n.Input(0), n.Input(1), false, false)}
}

// foldBias adds the constant row c to the layer that computes x.
func foldBias(b *graphs.Builder, x, c string) []string {
	t, shape := b.Info(c).Const, b.Shape(x)
	if t == nil || len(shape) != 2 || len(t.Dims) < 1 || len(t.Dims) > 2 ||
		shape[1] != graphs.Known(int64(t.Len())) || shape[1].Size != t.Dims[len(t.Dims)-1] {
		return nil
	}
	ones := slices.Repeat([]float64{1}, t.Len())
	return foldInto(b, x, ones, t.Floats())
}

// normAffine returns s and t of a BatchNormalization in inference form with
// constant statistics, nil for any other.
func normAffine(b *graphs.Builder, n *graphs.Node) (s, t []float64) {
	x := b.Shape(n.Input(0))
	if len(x) < 2 || n.Int("training_mode", 0) != 0 {
		return nil, nil
	}
	var v [4][]float64 // γ, β, μ, σ²
	for i := range v {
		c := b.Info(n.Input(i + 1)).Const
		if c == nil || graphs.Known(int64(c.Len())) != x[1] {
			return nil, nil
		}
		v[i] = c.Floats()
	}
	epsilon := float64(n.Float("epsilon", 1e-5))
	s, t = make([]float64, len(v[0])), make([]float64, len(v[0]))
	for i := range s {
		s[i] = v[0][i] / math.Sqrt(v[3][i]+epsilon)
		t[i] = v[1][i] - s[i]*v[2][i]
	}
	return s, t
}

// foldInto computes s·x + t, by column, in the layer that computes x; nil when
// no layer with constant weights does.
func foldInto(b *graphs.Builder, x string, s, t []float64) []string {
	layer := b.Model().Graph.Maker(x)
	if layer == nil || layer.StandardOp() != "Gemm" {
		return nil
	}
	w := b.Info(layer.Input(1)).Const
	bias, ok := layerBias(b, layer, len(s))
	if w == nil || !ok {
		return nil
	}
	folded := layer.Clone()
	folded.DropAttr("alpha")
	folded.DropAttr("beta")
	alpha, beta := float64(layer.Float("alpha", 1)), float64(layer.Float("beta", 1))
	values := w.Floats()
	for i := range values {
		values[i] *= alpha * s[outputColumn(layer, w, i)]
	}
	for i := range bias {
		bias[i] = beta*bias[i]*s[i] + t[i]
	}
	return []string{b.Op("Gemm", []string{
		layer.Input(0),
		own(b, graphs.NewTensor("", graphs.Float32, w.Dims, values)),
		own(b, graphs.NewTensor("", graphs.Float32, []int64{int64(len(bias))}, bias)),
	}, folded.Attributes...)}
}

// outputColumn returns the column of the layer's output that element i of its
// weights w belongs to.
func outputColumn(layer *graphs.Node, w *graphs.Tensor, i int) int {
	if layer.Int("transB", 0) != 0 {
		return i / int(w.Dims[1])
	}
	return i % int(w.Dims[1])
}

// layerBias returns the constant bias of a layer with d outputs, one value an
// output, and false when it has another kind of bias.
func layerBias(b *graphs.Builder, layer *graphs.Node, d int) ([]float64, bool) {
	bias := make([]float64, d)
	if layer.Input(2) == "" {
		return bias, true
	}
	c := b.Info(layer.Input(2)).Const
	if c == nil {
		return nil, false
	}
	if c.Len() == 1 {
		return slices.Repeat(c.Floats(), d), true
	}
	if c.Len() != d || c.Dims[len(c.Dims)-1] != int64(d) {
		return nil, false
	}
	return c.Floats(), true
}
