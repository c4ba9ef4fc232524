package autodiff

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// The reasons why operators have no rule.
const (
	controlFlow = "gradients of control flow are not taken: export the model with its branches and loops traced"
	quantised   = "quantised values have no gradient: train the floating-point model and quantise afterwards"
	recurrent   = "recurrent layers are not differentiated: export them unrolled"
	containers  = "gradients do not pass through sequences and optional values"
	loss        = "the model must end in its logits: memdil adds the loss"
	detection   = "operators of object detection are not differentiated"
	unused      = "no published classifier uses it"
	signal      = "operators of signal processing are not differentiated"
)

// refused lists the operators through which a gradient would flow but for
// which there is no rule, with the reason.
var refused = map[string]string{
	"If": controlFlow, "Loop": controlFlow, "Scan": controlFlow,

	"ConvInteger": quantised, "DequantizeLinear": quantised, "DynamicQuantizeLinear": quantised,
	"MatMulInteger": quantised, "QLinearConv": quantised, "QLinearMatMul": quantised,
	"QuantizeLinear": quantised,

	"GRU": recurrent, "LSTM": recurrent, "RNN": recurrent,

	"ConcatFromSequence": containers, "Optional": containers, "OptionalGetElement": containers,
	"SequenceAt": containers, "SequenceConstruct": containers, "SequenceErase": containers,
	"SequenceInsert": containers, "SequenceMap": containers, "SplitToSequence": containers,

	"NegativeLogLikelihoodLoss": loss, "SoftmaxCrossEntropyLoss": loss,

	"AffineGrid": detection, "DeformConv": detection, "GridSample": detection,
	"MaxRoiPool": detection, "MaxUnpool": detection, "RoiAlign": detection,

	"DFT": signal, "MelWeightMatrix": signal, "STFT": signal,

	"Attention":       "only plain attention is: export a cache, soft cap or window spelt out in MatMul and Softmax (an opset before 23)",
	"RotaryEmbedding": "export the model with it spelt out in plain operators (an opset before 23)",
	"TensorScatter":   "it updates the cache of a decoder, which no classifier has",
	"Compress":        unused, "Det": unused, "ReverseSequence": unused, "Unique": unused,
	"CenterCropPad": "replace it by Slice and Pad",
}

// missingError says which operators have no rule, and why the first has none.
func missingError(missing []*graphs.Node) error {
	more := ""
	if len(missing) > 1 {
		more = fmt.Sprintf(" (nor have the operators of %d more nodes)", len(missing)-1)
	}
	n, why := missing[0], "freeze the parameters before it or replace it"
	if reason, ok := refused[n.StandardOp()]; ok {
		why = reason
	}
	return fmt.Errorf("gradient of %s: operator %s has no derivative in memdil%s: %s", n.Label(), opName(n), more, why)
}
