package passes

import "github.com/memdil/memdil/graphs"

// LowerBatchNormalization returns a copy of m in which every
// BatchNormalization in training form is spelt out in plain operators, since
// inference builds of ONNX Runtime lack it on some devices. Only its first
// output may be in use: running statistics are the business of a training
// step.
//
//	y = (x − mean)·1/√(variance + ε)·γ + β
func LowerBatchNormalization(m *graphs.Model) (*graphs.Model, error) {
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.Op != "BatchNormalization" || n.Int("training_mode", 0) == 0 {
			return nil
		}
		x := n.Input(0)
		_, centred, variance := b.Moments(x, b.BatchAxes(x)...)
		inv := b.InvStdDev(variance, float64(n.Float("epsilon", 1e-5)))
		xhat := b.Mul(centred, inv)
		scaled := b.Mul(b.PerChannel(n.Input(1), x), xhat)
		return []string{b.Add(scaled, b.PerChannel(n.Input(2), x))}
	})
}
