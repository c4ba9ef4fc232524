package training_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// TestForeignOperatorInside warns of one in a branch, which is kept, too.
func TestForeignOperatorInside(t *testing.T) {
	const domain = "com.example"
	b := newBuilder(t)
	b.Model().Opsets[domain] = 1
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
	b.Input("yes", graphs.Type{Elem: graphs.Bool, Shape: graphs.Shape{}})
	branch := func(name string, n *graphs.Node) graphs.Attribute {
		return graphs.Subgraph(name, &graphs.Graph{Name: name, Nodes: []*graphs.Node{n}, Outputs: []*graphs.Value{{Name: n.Outputs[0]}}})
	}
	b.Append(&graphs.Node{Op: "If", Inputs: []string{"yes"}, Outputs: []string{"h"}, Attributes: []graphs.Attribute{
		branch("then_branch", &graphs.Node{Op: "Identity", Inputs: []string{x}, Outputs: []string{"a"}}),
		branch("else_branch", &graphs.Node{Domain: domain, Op: "Mystery", Inputs: []string{x}, Outputs: []string{"b"}}),
	}})
	b.Initializer(graphs.NewFloats("w", []int64{2, 3}, []float32{1, 2, 3, 4, 5, 6}))
	b.Output(b.Named("logits", "MatMul", []string{b.Cast(b.Op("Reshape", []string{"h", b.ShapeOf(x)}), graphs.Float32), "w"}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	b.Model().Graph.Inputs = b.Model().Graph.Inputs[:1] // a model has one
	b.Initializer(graphs.NewTensor("yes", graphs.Bool, nil, []float64{1}))
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(net.Warnings, func(w string) bool {
		return strings.Contains(w, "Mystery") && strings.Contains(w, domain)
	}) {
		t.Errorf("warnings %q do not name the operator", net.Warnings)
	}
}

// TestForeignOperators prepares the input of a linear model by operators that only
// their names have in common with ONNX's: every derived graph has them as they are.
func TestForeignOperators(t *testing.T) {
	const domain = "com.example"
	b := newBuilder(t)
	b.Model().Opsets[domain] = 1
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
	foreign := func(op, output string, inputs ...string) string {
		b.Append(&graphs.Node{Domain: domain, Op: op, Inputs: inputs, Outputs: []string{output}})
		return output
	}
	two := foreign("Constant", "two")
	b.Model().Graph.Nodes[0].SetAttr(graphs.Float("value_float", 2))
	kept := foreign("Identity", "kept", b.Initializer(graphs.NewInts("mode", nil, []int64{3})))
	normal := foreign("BatchNormalization", "normal", foreign("Dropout", "dropped", x, two, kept))
	known := b.Cast(b.Op("Reshape", []string{normal, b.ShapeOf(x)}), graphs.Float32)
	b.Initializer(graphs.NewFloats("w", []int64{2, 3}, []float32{1, 2, 3, 4, 5, 6}))
	b.Output(b.Named("logits", "MatMul", []string{known, "w"}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(net.Warnings, func(w string) bool {
		return strings.Contains(w, "is no standard operator") && strings.Contains(w, domain)
	}) {
		t.Errorf("warnings %q name no operator of %s", net.Warnings, domain)
	}
	loss := training.Loss{Kind: training.CrossEntropy}
	sgd := training.Optimizer{Kind: training.SGD, Momentum: 0.9}
	for name, derive := range map[string]func() (*graphs.Model, error){
		"gradient": func() (*graphs.Model, error) { return net.Gradient(training.Objective{Loss: loss}) },
		"step":     func() (*graphs.Model, error) { return net.Step(training.Objective{Loss: loss}, sgd) },
		"epoch":    func() (*graphs.Model, error) { return net.Epoch(training.Objective{Loss: loss}, sgd, nil) },
		"device": func() (*graphs.Model, error) {
			return net.Device(training.Objective{Loss: loss}, sgd, training.DeviceOptions{Batch: 2})
		},
		"turn": func() (*graphs.Model, error) {
			r, err := net.Recording(training.Objective{Loss: loss}, sgd, training.DeviceOptions{Batch: 2})
			if err != nil {
				return nil, err
			}
			return r.Turn, nil
		},
		"host":       func() (*graphs.Model, error) { return net.Host(training.Objective{Loss: loss}) },
		"evaluation": func() (*graphs.Model, error) { return net.Evaluation(loss) },
		"trained":    func() (*graphs.Model, error) { return net.Trained(nil) },
	} {
		m, err := derive()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var left []string
		for _, n := range inAndAround(m.Graph) {
			before := slices.IndexFunc(b.Model().Graph.Nodes, func(old *graphs.Node) bool { return old.Op == n.Op })
			if n.Domain == domain && len(n.Attributes) == len(b.Model().Graph.Nodes[before].Attributes) {
				left = append(left, n.Op)
			}
		}
		if want := []string{"Constant", "Identity", "Dropout", "BatchNormalization"}; !slices.Equal(left, want) {
			t.Errorf("%s: of the foreign operators %q are as they were, want %q", name, left, want)
		}
	}
}

// inAndAround returns the nodes of a graph and of the graphs inside it.
func inAndAround(g *graphs.Graph) []*graphs.Node {
	var all []*graphs.Node
	for _, n := range g.Nodes {
		all = append(all, n)
		for _, inside := range n.Subgraphs() {
			all = append(all, inAndAround(inside)...)
		}
	}
	return all
}
