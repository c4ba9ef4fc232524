package training_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// TestDerivedGraphsAreLean looks for waste in what is derived of networks.
func TestDerivedGraphsAreLean(t *testing.T) {
	objective := training.Objective{Loss: training.Loss{Kind: training.LabelSmoothing, Alpha: 0.1}}
	for name, o := range map[string]zoo.Options{
		"MLP":             {Width: 8, Depth: 3, BatchNorm: true, Classes: 4},
		"resnet18":        {Classes: 4},
		"resnext50_32x4d": {Classes: 4},
		"vgg11_bn":        {Classes: 4},
	} {
		m, err := zoo.Build(name, o)
		if err != nil {
			t.Fatal(err)
		}
		net, err := training.NewNet(m, training.Options{})
		if err != nil {
			t.Fatal(err)
		}
		keep := map[string]bool{}
		for _, p := range net.Parameters {
			keep[p.Name] = true
		}
		for graph, derive := range map[string]func() (*graphs.Model, error){
			"gradient": func() (*graphs.Model, error) { return net.Gradient(objective) },
			"host":     func() (*graphs.Model, error) { return net.Host(objective) },
			"step": func() (*graphs.Model, error) {
				return net.Step(objective, training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 1e-4})
			},
		} {
			derived, err := derive()
			if err != nil {
				t.Fatal(err)
			}
			waste, err := graphtest.Waste(derived, keep)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range waste {
				t.Errorf("%s, %s: %s", name, graph, w)
			}
		}
	}
}
