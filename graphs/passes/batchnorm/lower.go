package batchnorm

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Lower returns a copy of m in which every BatchNormalization in training form is
// spelt out in plain operators, since inference builds of ONNX Runtime lack it on
// some devices. Only its first output may be in use: running statistics are the
// business of a training step.
//
//	y = (x − mean)·1/√(variance + ε)·γ + β
func Lower(m *graphs.Model) (*graphs.Model, error) {
	reads := m.Graph.Reads()
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.StandardOp() != "BatchNormalization" || n.Int("training_mode", 0) == 0 {
			return nil
		}
		for i, o := range n.Outputs {
			if i > 0 && o != "" && reads[o] > 0 {
				b.Failf("its output %q is in use: only the first can be spelt out", o)
			}
		}
		_, centred, variance := b.Moments(n.Input(0), b.BatchAxes(n.Input(0))...)
		return []string{normalised(b, n, centred, variance)}
	})
}

// LowerComputed returns a copy of m in which every BatchNormalization whose mean
// and variance the graph computes is spelt out in plain operators: it keeps no
// running statistics, and gradients flow through those it is given. Exporters
// write it for layers that track none, and where weights are standardised.
func LowerComputed(m *graphs.Model) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.StandardOp() != "BatchNormalization" || !computed(b, n.Input(3)) && !computed(b, n.Input(4)) {
			return nil
		}
		x := n.Input(0)
		_, centred, variance := b.Moments(x, b.BatchAxes(x)...)
		if n.Int("training_mode", 0) == 0 {
			centred, variance = b.Sub(x, b.PerChannel(n.Input(3), x)), b.PerChannel(n.Input(4), x)
		}
		return []string{normalised(b, n, centred, variance)}
	})
}

// computed reports whether nodes compute a value, from more than constants.
func computed(b *graphs.Builder, name string) bool {
	return b.Info(name).Const == nil && b.Model().Graph.Input(name) == nil
}

// normalised appends what the BatchNormalization n makes of its centred input
// and the variance, shaped to broadcast.
func normalised(b *graphs.Builder, n *graphs.Node, centred, variance string) string {
	xhat := b.Mul(centred, b.InvStdDev(variance, float64(n.Float("epsilon", 1e-5))))
	scaled := b.Mul(b.PerChannel(n.Input(1), n.Input(0)), xhat)
	return b.Add(scaled, b.PerChannel(n.Input(2), n.Input(0)))
}
