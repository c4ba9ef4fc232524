package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// keepEnds makes the logits and the named features the graph's only outputs:
// what is an output keeps its name, whatever is rewritten.
func (net *Net) keepEnds() {
	g := net.Model.Graph
	g.Outputs = []*graphs.Value{{Name: net.Logits}}
	if net.Features != "" && net.Features != net.Logits && net.Features != net.Input {
		g.Outputs = append(g.Outputs, &graphs.Value{Name: net.Features})
	}
}

// settleFeatures makes the input of the last linear layer the features unless
// they are named. Named ones must lie on the way to the logits, N×….
func (net *Net) settleFeatures() error {
	if net.Features == "" {
		net.Features = net.Classifier.Input
		return nil
	}
	if net.Features == net.Logits {
		return fmt.Errorf("the features %q are the logits: name a value before them", net.Features)
	}
	net.Model.Graph.Outputs = net.Model.Graph.Outputs[:1]
	net.dropUnused()
	g := net.Model.Graph
	if net.Features != net.Input && g.Maker(net.Features) == nil {
		return fmt.Errorf("the features %q do not lie on the way to the logits %q: name a value that does", net.Features, net.Logits)
	}
	infos, err := graphs.Infer(net.Model)
	if err != nil {
		return err
	}
	shape, batch := infos[net.Features].Shape, g.Input(net.Input).Type.Shape[0]
	if len(shape) == 0 || !shape[0].Equals(batch) {
		return fmt.Errorf("the features %q have shape %s: the batch, %s, is wanted first", net.Features, shape, batch)
	}
	for _, d := range shape[1:] {
		if !d.IsKnown() {
			return fmt.Errorf("the features %q have shape %s: fixed sizes are wanted after the batch", net.Features, shape)
		}
	}
	return nil
}

// ClassifierReadsFeatures reports whether the last linear layer reads the
// features, be it in another shape, so that its weight and bias belong to them.
func (net *Net) ClassifierReadsFeatures() bool {
	if net.Classifier.Input == "" || net.Features == "" {
		return false
	}
	return reshapedFrom(net.Model.Graph, net.Classifier.Input) == reshapedFrom(net.Model.Graph, net.Features)
}

// reshapedFrom returns the value that the named one is but in shape.
func reshapedFrom(g *graphs.Graph, name string) string {
	for n := g.Maker(name); n != nil; n = g.Maker(name) {
		switch n.StandardOp() {
		case "Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze":
			name = n.Input(0)
		default:
			return name
		}
	}
	return name
}

// rows returns a value N×… as a matrix N×d.
func rows(b *graphs.Builder, value string) string {
	if len(b.Shape(value)) == 2 {
		return value
	}
	return b.Op("Flatten", []string{value}, graphs.Int("axis", 1))
}
