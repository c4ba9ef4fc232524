package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// LowerBatchNormalization returns a copy of m in which every
// BatchNormalization in training form is spelt out in plain operators, since
// inference builds of ONNX Runtime lack it on some devices. Only its first
// output may be in use: running statistics are the business of a training
// step.
//
//	y = (x − mean)·1/√(variance + ε)·γ + β
func LowerBatchNormalization(m *graphs.Model) (*graphs.Model, error) {
	read := reads(m.Graph)
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.Op != "BatchNormalization" || n.Int("training_mode", 0) == 0 {
			return nil
		}
		for i, o := range n.Outputs {
			if i > 0 && read[o] {
				b.Failf("its output %q is in use: only the first can be spelt out", o)
			}
		}
		x := n.Input(0)
		_, centred, variance := b.Moments(x, b.BatchAxes(x)...)
		inv := b.InvStdDev(variance, float64(n.Float("epsilon", 1e-5)))
		xhat := b.Mul(centred, inv)
		scaled := b.Mul(b.PerChannel(n.Input(1), x), xhat)
		return []string{b.Add(scaled, b.PerChannel(n.Input(2), x))}
	})
}

// reads returns the values that nodes or outputs of g read.
func reads(g *graphs.Graph) map[string]bool {
	read := map[string]bool{}
	for _, n := range g.Nodes {
		for _, name := range slices.Concat(n.Inputs, n.Captures()) {
			read[name] = true
		}
	}
	for _, v := range g.Outputs {
		read[v.Name] = true
	}
	delete(read, "")
	return read
}
