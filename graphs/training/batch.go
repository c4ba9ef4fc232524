package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// BatchSymbol names the batch dimension of models that do not name it.
const BatchSymbol = "N"

// freeBatch makes the batch dimension symbolic if the logits then have it too.
// Batch sizes that an exporter baked into the graph are freed where that can be
// done; otherwise the model keeps its own.
func (net *Net) freeBatch() error {
	g := net.Model.Graph
	input := g.Input(net.Input)
	if len(input.Type.Shape) == 0 {
		return fmt.Errorf("input %q has shape %s: a batch of images or features, [N, …], is wanted", input.Name, input.Type.Shape)
	}
	if !input.Type.Elem.IsFloat() {
		return fmt.Errorf("input %q holds %s: floating-point images or features are wanted", input.Name, input.Type.Elem)
	}
	if own := input.Type.Shape[0]; own.Symbol == "" {
		net.joinOneToken(own.Size)
		if m := net.freed(own); m != nil {
			net.Model = m
			g = m.Graph
		}
	}
	infos, err := graphs.Infer(net.Model)
	if err != nil {
		return err
	}
	logits := infos[net.Logits].Type
	if err := net.checkType(infos, logits); err != nil {
		return err
	}
	if logits.Shape != nil && len(logits.Shape) != 2 {
		return fmt.Errorf("the logits %q have shape %s: [N, classes] is wanted", net.Logits, logits.Shape)
	}
	g.Output(net.Logits).Type = logits
	return nil
}

// freed returns a copy of the graph whose batch dimension is symbolic, nil if
// the logits then would not surely have it too.
func (net *Net) freed(own graphs.Dim) *graphs.Model {
	batch := graphs.Symbolic(BatchSymbol)
	free := &Net{Model: net.Model.Clone(), Input: net.Input, Logits: net.Logits}
	free.Model.Graph.Input(net.Input).Type.Shape[0] = batch
	for range 2 {
		infos, err := graphs.Infer(free.Model)
		if err == nil && free.batched(infos, batch) {
			return free.Model
		}
		if free.Model, err = free.unbake(batch, own.Size); err != nil {
			return nil
		}
	}
	return nil
}

// checkType reports logits that are not floating-point numbers, or whose type
// an unknown operator hides.
func (net *Net) checkType(infos graphs.Infos, logits graphs.Type) error {
	if logits.Elem.IsFloat() {
		return nil
	}
	for _, n := range net.Model.Graph.Nodes {
		if logits.Elem == graphs.Undefined && infos[n.Output(0)].Elem == graphs.Undefined {
			return fmt.Errorf("%s: memdil does not know what this operator returns, so the logits %q have no type: replace it with standard operators", n.Label(), net.Logits)
		}
	}
	return fmt.Errorf("the logits %q hold %s: floating-point scores are wanted, before any ArgMax", net.Logits, logits.Elem)
}

// batched reports whether the logits surely have the batch dimension.
func (net *Net) batched(infos graphs.Infos, batch graphs.Dim) bool {
	shape := infos[net.Logits].Shape
	return len(shape) == 2 && shape[0].Equals(batch)
}
