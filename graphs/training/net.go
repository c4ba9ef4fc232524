package training

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes/upgrade"
)

// Options says how to read a forward graph as a net to be trained. The zero
// value finds everything by itself.
type Options struct {
	// Logits names the value that holds the logits; "" finds it.
	Logits string
	// Features names the value that holds the features, on the way to the
	// logits; "" takes the input of the last linear layer.
	Features string
	// Params and Freeze are glob patterns (*, ? and […]) over initializer
	// names: the first, when given, replaces memdil's own choice of
	// parameters, the second takes parameters away.
	Params, Freeze []string
	// Dropout keeps Dropout active; otherwise it passes its input on.
	Dropout bool
}

// Net is a forward graph made ready for differentiation: constants are
// initializers, the batch is symbolic where the graph allows it,
// BatchNormalization uses batch statistics.
type Net struct {
	// Model computes Logits, its only output, from Input.
	Model *graphs.Model
	// Input is the model's input, N×…; Logits N×K; Features is what
	// Options.Features names, N×…, or else the input of the last linear layer,
	// "" when the graph has none.
	Input, Logits, Features string
	// Scores names what the softmax reads that Logits comes from, "" where it
	// comes from none or Options.Logits names it: most likely the real logits.
	Scores string
	// Classifier names the tensors of the last linear layer, if there is one.
	Classifier Classifier
	// Parameters are what is trained, in the order in which the graph first
	// uses them.
	Parameters []Parameter
	// Buffers are BatchNormalization's running statistics.
	Buffers []Buffer
	// Tensors explains every float32 initializer, trained or not.
	Tensors []Tensor
	// Warnings are remarks for the user, a line each.
	Warnings []string

	constants  map[string]bool   // initializers that were Constant nodes
	declared   map[string]bool   // initializers that the exporter calls parameters, or something else
	ownNumbers map[string]bool   // initializers of one element that are no constants of the program
	frozen     func(string) bool // whether Options.Freeze matches a name
	// shifts are the biases left out of the graph, see dropShifts.
	shifts map[string]string
	// spared are parameters without a gradient: such biases, and bundles of
	// nothing else.
	spared map[string]bool
	// products are what the graph reads for parameters that are carried at
	// another scale.
	products map[string]string
	// statistics holds all Buffers in one strip when they are bundled.
	statistics *graphs.Tensor
	strip      strip
}

// Parameter is a trained tensor with its initial value.
type Parameter struct {
	Name  string
	Value *graphs.Tensor
}

// Buffer is a running statistic of a BatchNormalization, with its initial
// value.
type Buffer struct {
	Name  string
	Value *graphs.Tensor
	// norm is the output of the BatchNormalization that keeps it, and
	// variance tells which of its two statistics it is.
	norm     string
	variance bool
}

// Tensor says whether an initializer is trained, and why.
type Tensor struct {
	Name    string
	Shape   []int64
	Trained bool
	Reason  string
}

// NewNet reads a forward graph with one input whose logits are its only
// output, the output "logits", or the value opts names. Models in operator sets
// from 9 on are upgraded, see [upgrade.Model]. What it cannot read is an error
// that names the input, output or node in question.
func NewNet(m *graphs.Model, opts Options) (*Net, error) {
	net := &Net{declared: declarations(m.Graph), ownNumbers: ownNumbers(m.Graph)}
	m = m.Clone()
	m.Graph.Inputs = m.Graph.RequiredInputs() // the others have values to start from
	m, err := upgrade.Model(m)
	if err != nil {
		return nil, err
	}
	if m, err = upgrade.SpellAttention(m); err != nil {
		return nil, err
	}
	net.Model = m
	net.Model.Graph.Values = nil // stale once the batch is symbolic
	if err := net.findEnds(opts.Logits, opts.Features); err != nil {
		return nil, err
	}
	if err := net.materialise(); err != nil {
		return nil, err
	}
	net.noteUndeclared()
	if opts.Logits == "" {
		net.noteProbabilities()
	}
	net.keepEnds()
	net.dropUnused()
	net.noteForeign()
	if err := net.freeBatch(); err != nil {
		return nil, err
	}
	if err := net.useTrainingForm(opts.Dropout); err != nil {
		return nil, err
	}
	net.findClassifier()
	if err := net.settleFeatures(); err != nil {
		return nil, err
	}
	if err := net.findParameters(opts); err != nil {
		return nil, err
	}
	net.noteFolded()
	return net, nil
}
