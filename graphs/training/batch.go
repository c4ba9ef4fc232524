package training

import (
	"fmt"
	"slices"

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
		if m, err := net.freed(own.Size); err == nil {
			net.Model, g = m, m.Graph
		} else if own.IsKnown() {
			net.warn("the batch stays at %s: %v", own, err)
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
	if logits.Shape != nil && (len(logits.Shape) != 2 || logits.Shape[1] == graphs.Known(0)) {
		return fmt.Errorf("the logits %q have shape %s: [N, classes] is wanted", net.Logits, logits.Shape)
	}
	g.Output(net.Logits).Type = logits
	return nil
}

// freed returns a copy of the graph whose batch dimension, of its own size so
// far, is symbolic. An error says where the logits lose it.
func (net *Net) freed(own int64) (*graphs.Model, error) {
	batch := graphs.Symbolic(BatchSymbol)
	m, err := net.unbake(batch, own)
	if err != nil {
		return nil, err
	}
	infos, err := graphs.Infer(m)
	if err != nil {
		return nil, err
	}
	if s := infos[net.Logits].Shape; len(s) != 2 || !s[0].Equals(batch) {
		return nil, fmt.Errorf("the logits %q have shape %s whatever the batch%s", net.Logits, s, lostAt(m.Graph, infos, own))
	}
	return m, nil
}

// lostAt names the first node that reads values with a symbolic batch and
// gives one of the own size that was baked in, if there is any.
func lostAt(g *graphs.Graph, infos graphs.Infos, own int64) string {
	for _, n := range g.Nodes {
		y := infos[n.Output(0)]
		if !y.Elem.IsFloat() || !y.Shape.IsStatic() || len(y.Shape) == 0 || y.Shape[0] != graphs.Known(own) {
			continue
		}
		if slices.ContainsFunc(n.Inputs, func(in string) bool { return slices.ContainsFunc(infos[in].Shape, isOpen) }) {
			return ", lost at " + n.Label()
		}
	}
	return ""
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
