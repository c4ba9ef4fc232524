package training

import "strings"

// noteFolded warns of batch normalisation that PyTorch's exporters folded into
// the convolution before it, as they do for inference: the network would be
// trained without. Both leave a trace in names. TorchScript's exporter numbers a
// weight that it computes, and the default one gives a convolution the name of
// the normalisation's result, an item of a tuple.
func (net *Net) noteFolded() {
	convolutions := 0
	for _, n := range net.Model.Graph.Nodes {
		switch n.StandardOp() {
		case "BatchNormalization":
			return
		case "Conv":
			if strings.HasPrefix(n.Input(1), "onnx::Conv_") || strings.HasPrefix(n.Output(0), "getitem") {
				convolutions++
			}
		}
	}
	if convolutions == 0 || net.Model.ProducerName != "pytorch" {
		return
	}
	net.warn("PyTorch seems to have folded batch normalisation into convolutions (%d), so that the network would be trained without it: "+
		"export it with torch.onnx.export(…, optimize=False)", convolutions)
}
