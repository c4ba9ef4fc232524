package training

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// dropShifts returns the net without the biases that a BatchNormalization takes
// away again with the batch's mean: neither the loss nor another gradient
// depends on them, and theirs is 0. Only the running mean counts them. shifts
// maps the normalisation's output to such a bias, which stays a parameter.
func (net *Net) dropShifts() *Net {
	out := *net
	out.Model = net.Model.Clone()
	out.shifts, out.spared = map[string]string{}, map[string]bool{}
	trained := map[string]bool{}
	for _, name := range net.parameterNames() {
		trained[name] = true
	}
	uses, makers, reads := out.uses(), out.Model.Graph.Makers(), out.Model.Graph.Reads()
	for _, s := range net.Buffers {
		norm := makers[s.norm]
		if s.variance || norm == nil || reads[norm.Input(0)] != 1 {
			continue
		}
		layer := makers[norm.Input(0)]
		if bias := out.shiftOf(layer); trained[bias] && len(uses[bias]) == 1 && out.alikeDims(bias, norm.Input(1)) {
			out.shifts[s.norm], out.spared[bias] = bias, true
			layer.Inputs = layer.Inputs[:2]
		}
	}
	return &out
}

// shiftOf returns what a linear layer adds to its product as it is, "" for
// nothing.
func (net *Net) shiftOf(layer *graphs.Node) string {
	if layer == nil || !slices.Contains([]string{"Conv", "ConvTranspose", "Gemm"}, layer.StandardOp()) || layer.Float("beta", 1) != 1 {
		return ""
	}
	if y := layer.Outputs[0]; y == net.Logits || y == net.Features {
		return ""
	}
	return layer.Input(2)
}

// alikeDims reports whether two initializers have the same shape: a bias of one
// element for all channels is none a channel.
func (net *Net) alikeDims(a, b string) bool {
	x, y := net.Model.Graph.Initializer(a), net.Model.Graph.Initializer(b)
	return x != nil && y != nil && len(x.Dims) == 1 && slices.Equal(x.Dims, y.Dims)
}

// sparedBias returns the bias to add to a running mean, "" for none.
func (net *Net) sparedBias(s Buffer) string {
	if s.variance {
		return ""
	}
	return net.shifts[s.norm]
}
