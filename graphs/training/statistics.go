package training

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// nextStatistic appends the running statistic after this batch,
//
//	r·m + s·(1 − m)
//
// with the node's momentum m, s being the batch's mean or its unbiased
// variance. shift is a bias that the batch was spared, "" for none. PyTorch trains so; the text of the ONNX operator takes the biased
// variance (formulas.md 5).
func (s Buffer) nextStatistic(b *graphs.Builder, shift string) string {
	value, momentum := s.observed(b)
	if correction := s.correction(b); correction != "" {
		value = b.Mul(value, correction)
	}
	value = b.ReshapeLike(value, s.Name)
	if shift != "" {
		value = b.Add(value, shift)
	}
	return b.Add(b.Scale(s.Name, momentum), b.Scale(value, 1-momentum))
}

// observed returns the batch's mean or biased variance, and the weight of the
// old statistic.
func (s Buffer) observed(b *graphs.Builder) (value string, momentum float64) {
	n := s.node(b.Model().Graph)
	if n == nil {
		b.Failf("the BatchNormalization of %q is gone", s.Name)
		return "", 0
	}
	x := n.Input(0)
	value, _, variance := b.Moments(x, b.BatchAxes(x)...)
	if s.variance {
		value = variance
	}
	return value, float64(n.Float("momentum", 0.9))
}

// correction is what makes the observed statistic unbiased, "" for nothing.
func (s Buffer) correction(b *graphs.Builder) string {
	n := s.node(b.Model().Graph)
	if n == nil || !s.variance {
		return ""
	}
	return bessel(b, n.Input(0), b.BatchAxes(n.Input(0)))
}

func (s Buffer) node(g *graphs.Graph) *graphs.Node {
	i := slices.IndexFunc(g.Nodes, func(n *graphs.Node) bool { return n.Outputs[0] == s.norm })
	if i < 0 {
		return nil
	}
	return g.Nodes[i]
}

// bessel is m/(m − 1) for m elements along the axes, 1 for a single element.
func bessel(b *graphs.Builder, x string, axes []int64) string {
	m := b.Count(x, axes...)
	if k := b.Info(m).Const; k != nil {
		return b.Like(x, k.At(0)/max(k.At(0)-1, 1))
	}
	return b.Div(m, b.Op("Max", []string{b.Shift(m, -1), b.Like(x, 1)}))
}
