package training_test

import (
	"math"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

var plainSGD = training.Optimizer{Kind: training.SGD, Momentum: 0.9}

// renamedNet is a net with parameters small and large, as far as Loops carry
// them in bundles.
func renamedNet(t *testing.T, from, to string) *training.Net {
	t.Helper()
	m, err := zoo.Build("MLP", zoo.Options{Classes: 3, Width: 24, Depth: 2, BatchNorm: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(passes.Rename(m, from, to), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestNamesWithinAreFree has values of the model bear the names of what a
// training graph adds: it computes what it would under other names.
func TestNamesWithinAreFree(t *testing.T) {
	pixels := make([]float64, 4*3*32*32)
	for i := range pixels {
		pixels[i] = math.Sin(float64(i))
	}
	feeds := map[string]*eval.Value{
		"data": eval.Floats([]int{4, 3, 32, 32}, pixels...), "labels": eval.Ints([]int{4}, 0, 1, 2, 1),
		"order": eval.Ints([]int{2, 3}, 0, 1, 2, 3, 1, 0), "lr": eval.Floats([]int{2}, 0.1, 0.2), "t": eval.Ints(nil, 1),
	}
	train := func(from, to string) map[string]*eval.Value {
		m, err := renamedNet(t, from, to).Epoch(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, plainSGD, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := eval.Run(m, feeds)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := train("input", "x")
	for _, c := range [][2]string{{"input", "data"}, {"batchnormalization", "label"}, {"batchnormalization", "step/fc.weight"}, {"relu", "turn/samples"}, {"features", "loss"}, {"layers.0.weight", "momentum.scale.weight"}} {
		got := train(c[0], c[1])
		for name, v := range want {
			compare(t, c[1]+": "+name, got[strings.ReplaceAll(name, c[0], c[1])], v.F, 1e-9)
		}
	}
}

// TestNamesOutsideAreTaken has a parameter bear the name of what a training
// graph adds.
func TestNamesOutsideAreTaken(t *testing.T) {
	for _, name := range []string{"data", "label", "lr", "losses", "next.fc.bias", "fc.bias.momentum", "loop/steps", "step/fc.bias", "turn/one"} {
		m, err := renamedNet(t, "fc.weight", name).Epoch(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, plainSGD, nil)
		if err == nil || !strings.Contains(err.Error(), `the model's "`+name+`"`) {
			t.Errorf("%s: derived %v, error %v", name, m != nil, err)
		}
	}
}
