package batchnorm

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Standardise returns a copy of m in which a standardisation along the last
// axis, of known size, is one operator in place of eight:
//
//	mean = ReduceMean(x)   c = x − mean   variance = ReduceMean(c·c)
//	inv = 1/√(variance + ε)   x̂ = c·inv
//
// becomes x̂, mean, inv = LayerNormalization(x) with ones for a scale. A variance
// that is also read elsewhere is taken from inv; what rounding that costs is
// below the precision of ε.
func Standardise(m *graphs.Model) (*graphs.Model, error) {
	return restandardise(m, func(k *passes.Known, x string, axes []int64, epsilon float64) moments {
		shape := k.Shape(x)
		last := len(shape) - 1
		if last < 0 || !shape[last].IsKnown() || !slices.Equal(axes, []int64{int64(last)}) {
			return nil
		}
		out := newLanes(k, x, last, epsilon)
		return &out
	}, nil)
}

// moments makes the values of a standardisation in another way.
type moments interface {
	mean() string
	variance() string
	inv() string
	xhat() string
}

// restandardise returns a copy of m in which the values of standardisations are
// made as form says, which returns nil for those that it leaves; other, if it is
// not nil, replaces nodes that belong to none.
func restandardise(m *graphs.Model, form func(k *passes.Known, x string, axes []int64, epsilon float64) moments, other func(k *passes.Known, n *graphs.Node) []string) (*graphs.Model, error) {
	found := standardisations(m.Graph)
	if len(found) == 0 {
		return m, nil
	}
	forms := map[*standardisation]moments{}
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		s := found[n.Outputs[0]]
		if s != nil && n.Outputs[0] == s.mean {
			axes := passes.ReducedAxes(k.Builder, n)
			if axes == nil || k.Elem(n.Input(0)) != graphs.Float32 {
				return nil
			}
			forms[s] = form(k, n.Input(0), axes, s.epsilon)
		}
		switch to := forms[s]; {
		case to != nil:
			return []string{s.value(to, n.Outputs[0])}
		case other != nil:
			return other(k, n)
		}
		return nil
	})
}

// standardisation names the values of one, the mean being the first that is
// computed.
type standardisation struct {
	mean, variance, inv, xhat string
	epsilon                   float64
}

// value returns what stands for one of these values.
func (s *standardisation) value(by moments, name string) string {
	switch name {
	case s.mean:
		return by.mean()
	case s.variance:
		return by.variance()
	case s.inv:
		return by.inv()
	}
	return by.xhat()
}

// lanes are the values of a LayerNormalization.
type lanes struct {
	*graphs.Builder
	outputs []string // x̂, mean, inv
	epsilon float64
}

// newLanes standardises x along its axes from first on, of known sizes.
func newLanes(k *passes.Known, x string, first int, epsilon float64) lanes {
	sizes := k.Shape(x)[first:]
	ones := k.Uniform(1, sizes.Dims()...)
	attrs := []graphs.Attribute{graphs.Float("epsilon", float32(epsilon))}
	if len(sizes) > 1 {
		attrs = append(attrs, graphs.Int("axis", int64(first)))
	}
	return lanes{k.Builder, k.Node("LayerNormalization", []string{x, ones}, 3, attrs...), epsilon}
}

func (l *lanes) xhat() string { return l.outputs[0] }

func (l *lanes) mean() string { return l.outputs[1] }

func (l *lanes) inv() string { return l.outputs[2] }

func (l *lanes) variance() string { return l.Shift(l.Reciprocal(l.Square(l.inv())), -l.epsilon) }

// standardisations finds the pattern and maps mean, variance, inv and x̂ to it.
func standardisations(g *graphs.Graph) map[string]*standardisation {
	by := g.Makers()
	found := map[string]*standardisation{}
	for _, n := range g.Nodes {
		if s := standardised(g, by, n); s != nil && found[s.mean] == nil {
			for _, name := range []string{s.mean, s.variance, s.inv, s.xhat} {
				found[name] = s
			}
		}
	}
	return found
}

// standardised reads n as the last product of a standardisation, nil if it is
// none.
func standardised(g *graphs.Graph, by map[string]*graphs.Node, n *graphs.Node) *standardisation {
	if !n.Is("Mul") {
		return nil
	}
	for _, operands := range [][2]string{{n.Input(0), n.Input(1)}, {n.Input(1), n.Input(0)}} {
		centred, inv := by[operands[0]], by[operands[1]]
		root := before(by, inv, "Reciprocal", "Sqrt")
		if !centred.Is("Sub") || root == nil {
			continue
		}
		shifted := by[root.Input(0)]
		if !shifted.Is("Add") {
			continue
		}
		variance, epsilon := by[shifted.Input(0)], g.Initializer(shifted.Input(1))
		mean := by[centred.Input(1)]
		if epsilon == nil || g.Input(epsilon.Name) != nil || epsilon.Len() != 1 || !variance.Is("ReduceMean") || !mean.Is("ReduceMean") {
			continue
		}
		square := by[variance.Input(0)]
		c := centred.Outputs[0]
		if !square.Is("Mul") || square.Input(0) != c || square.Input(1) != c ||
			mean.Input(0) != centred.Input(0) || mean.Input(1) != variance.Input(1) ||
			mean.Int("keepdims", 1) == 0 || variance.Int("keepdims", 1) == 0 {
			continue
		}
		return &standardisation{mean: mean.Outputs[0], variance: variance.Outputs[0], inv: inv.Outputs[0],
			xhat: n.Outputs[0], epsilon: epsilon.At(0)}
	}
	return nil
}

// before returns the node of operator inner that a node of operator op reads.
func before(by map[string]*graphs.Node, n *graphs.Node, op, inner string) *graphs.Node {
	if !n.Is(op) || !by[n.Input(0)].Is(inner) {
		return nil
	}
	return by[n.Input(0)]
}
