package training

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// findEnds finds the model's one input, its logits and, where they are named,
// its features.
func (net *Net) findEnds(logits, features string) error {
	g := net.Model.Graph
	inputs := g.RequiredInputs()
	if len(inputs) != 1 {
		return fmt.Errorf("the model has %d inputs%s: one image or feature input is wanted", len(inputs), named(inputs))
	}
	net.Input = inputs[0].Name
	switch {
	case logits != "":
		if g.Maker(logits) == nil {
			return unknownName("logits", logits, g)
		}
		net.Logits = logits
	case len(g.Outputs) == 1:
		net.Logits = g.Outputs[0].Name
	case g.Output("logits") != nil:
		net.Logits = "logits"
	default:
		return fmt.Errorf("the model has %d outputs%s and none is called \"logits\": name the logits with --logits", len(g.Outputs), named(g.Outputs))
	}
	if features != "" && features != net.Input && g.Maker(features) == nil {
		return unknownName("features", features, g)
	}
	net.Features = features
	return nil
}

// noteProbabilities warns of logits that were found by themselves and end in a
// softmax, as of a model that was exported to be served: all losses but MSE take
// a softmax of their own.
func (net *Net) noteProbabilities() {
	if n := net.Model.Graph.Maker(net.Logits); n.Is("Softmax") && n.Input(0) != "" {
		net.Scores = n.Input(0)
		net.warn("the output %q holds probabilities, from %s, and all losses but MSE take the softmax of them once more: name the logits with --logits %s", net.Logits, n.Label(), net.Scores)
	}
}

// noteForeign warns of an operator that is none of ONNX's own: what is derived
// of the model has it as well.
func (net *Net) noteForeign() {
	if n := firstForeign(net.Model.Graph); n != nil {
		net.warn("%s is no standard operator: training graphs keep it, so they run only where domain %q is known", n.Label(), n.Domain)
	}
}

// firstForeign returns the first such operator of a graph, those of branches and
// bodies of loops among them, nil for none.
func firstForeign(g *graphs.Graph) *graphs.Node {
	for _, n := range g.Nodes {
		if !n.IsStandard() {
			return n
		}
		for _, sub := range n.Subgraphs() {
			if inside := firstForeign(sub); inside != nil {
				return inside
			}
		}
	}
	return nil
}

func named(values []*graphs.Value) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = fmt.Sprintf("%q", v.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}
