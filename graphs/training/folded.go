package training

import "strings"

// noteFolded warns of trained convolutions into which PyTorch's exporters folded
// the batch normalisation after them, as they do for inference: the network would
// be trained without. Both leave a trace in names. TorchScript's exporter numbers
// a weight and a bias that it computes, and the default one gives a convolution the
// name of the normalisation's result, an item of a tuple. Normalisation elsewhere,
// as a DenseNet has it in front of convolutions, stays.
func (net *Net) noteFolded() {
	trained := map[string]bool{}
	for _, p := range net.Parameters {
		trained[p.Name] = true
	}
	const computed = "onnx::Conv_"
	folded, advice := 0, ""
	for _, n := range net.Model.Graph.Nodes {
		switch {
		case n.StandardOp() != "Conv" || !trained[n.Input(1)]:
		case strings.HasPrefix(n.Input(1), computed) && strings.HasPrefix(n.Input(2), computed):
			folded, advice = folded+1, "dynamo=False, training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False"
		case strings.HasPrefix(n.Output(0), "getitem"):
			folded, advice = folded+1, "optimize=False"
		}
	}
	if folded > 0 && net.Model.ProducerName == "pytorch" {
		net.warn("PyTorch seems to have folded batch normalisation into convolutions (%d), so that the network would be trained without it: export it with torch.onnx.export(…, %s)", folded, advice)
	}
}
