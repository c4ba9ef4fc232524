package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
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
	found := standardisations(m.Graph)
	if len(found) == 0 {
		return m, nil
	}
	out, err := Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		s := found[n.Outputs[0]]
		switch {
		case s == nil:
			return nil
		case n.Outputs[0] == s.mean:
			return s.replace(b, n)
		case s.outputs == nil:
			return nil
		case n.Outputs[0] == s.variance:
			return []string{b.Shift(b.Reciprocal(b.Square(s.outputs[2])), -s.epsilon)}
		case n.Outputs[0] == s.inv:
			return s.outputs[2:3]
		}
		return s.outputs[0:1]
	})
	if err != nil {
		return nil, err
	}
	return Prune(out), nil
}

// standardisation names the values of one, the mean being the first that is
// computed.
type standardisation struct {
	mean, variance, inv, xhat string
	epsilon                   float64
	outputs                   []string // of the node that takes their place: x̂, mean, inv
}

// replace appends that node in the place of the mean, if the axis is the last
// and of known size.
func (s *standardisation) replace(b *graphs.Builder, mean *graphs.Node) []string {
	x := mean.Input(0)
	shape, axes := b.Shape(x), b.Info(mean.Input(1)).Const
	last := len(shape) - 1
	if last < 0 || !shape[last].IsKnown() || b.Elem(x) != graphs.Float32 || axes == nil || axes.Len() != 1 {
		return nil
	}
	if axis := axes.Ints()[0]; axis != int64(last) && axis != -1 {
		return nil
	}
	ones := slices.Repeat([]float64{1}, int(shape[last].Size))
	scale := b.Const(graphs.NewTensor("", graphs.Float32, []int64{shape[last].Size}, ones))
	s.outputs = b.Node("LayerNormalization", []string{x, scale}, 3, graphs.Float("epsilon", float32(s.epsilon)))
	return s.outputs[1:2]
}

// standardisations finds the pattern and maps mean, variance, inv and x̂ to it.
func standardisations(g *graphs.Graph) map[string]*standardisation {
	by := makersIn(g)
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
	if n.Op != "Mul" {
		return nil
	}
	for _, operands := range [][2]string{{n.Input(0), n.Input(1)}, {n.Input(1), n.Input(0)}} {
		centred, inv := by[operands[0]], by[operands[1]]
		root := before(by, inv, "Reciprocal", "Sqrt")
		if !is(centred, "Sub") || root == nil {
			continue
		}
		shifted := by[root.Input(0)]
		if !is(shifted, "Add") {
			continue
		}
		variance, epsilon := by[shifted.Input(0)], g.Initializer(shifted.Input(1))
		mean := by[centred.Input(1)]
		if epsilon == nil || g.Input(epsilon.Name) != nil || epsilon.Len() != 1 || !is(variance, "ReduceMean") || !is(mean, "ReduceMean") {
			continue
		}
		square := by[variance.Input(0)]
		c := centred.Outputs[0]
		if !is(square, "Mul") || square.Input(0) != c || square.Input(1) != c ||
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
	if !is(n, op) || !is(by[n.Input(0)], inner) {
		return nil
	}
	return by[n.Input(0)]
}

func is(n *graphs.Node, op string) bool { return n != nil && n.Op == op }
