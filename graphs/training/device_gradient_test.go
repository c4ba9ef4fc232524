package training_test

import (
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// TestDeviceGradientsMatchPyTorch takes a step of the device graph, in float64,
// down the whole gradient, and compares that with PyTorch's, and the running
// statistics with the step graph's.
func TestDeviceGradientsMatchPyTorch(t *testing.T) {
	training.AllLarge(t)
	for _, name := range golden.Cases(t, "grad") {
		t.Run(name, func(t *testing.T) {
			net := load(t, name+"/model.onnx", training.Options{})
			x, labels := golden.NPY(t, name+"/x.npy"), golden.NPY(t, name+"/labels.npy")
			objective, sgd := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}
			m, err := net.Device(objective, sgd, training.DeviceOptions{Batch: x.Shape[0]})
			if err != nil {
				t.Fatal(err)
			}
			order := make([]int64, x.Shape[0])
			for i := range order {
				order[i] = int64(i)
			}
			in := map[string]*eval.Value{
				"data": floats(x), "labels": ints(labels), "order": eval.Ints([]int{1, len(order)}, order...),
				"t": eval.Ints(nil, 1), "lr": eval.Floats([]int{1}, 1),
			}
			addCarried(t, net, sgd, in)
			got, err := eval.Run(m, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range net.Parameters {
				gradient := got["next."+p.Name]
				for i := range gradient.F {
					gradient.F[i] = p.Value.At(i) - gradient.F[i]
				}
				compare(t, p.Name, gradient, golden.NPY(t, name+"/grads/"+p.Name+".npy").Floats, 1e-7)
			}
			compareStatistics(t, net, objective, sgd, map[string]*eval.Value{net.Input: in["data"], "label": in["labels"], "t": in["t"], "lr": eval.Floats(nil, 1)}, got)
			checkBody(t, m)
		})
	}
}

// compareStatistics compares running statistics with those of the step graph.
func compareStatistics(t *testing.T, net *training.Net, o training.Objective, opt training.Optimizer, in, got map[string]*eval.Value) {
	t.Helper()
	m, err := net.Step(o, opt)
	if err != nil {
		t.Fatal(err)
	}
	want, err := eval.Run(m, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range net.Buffers {
		compare(t, s.Name, got["next."+s.Name], want["next."+s.Name].F, 1e-7)
	}
}

// TestDeviceStandardisesLargePlanes counts the BatchNormalizations of a ResNet-18
// that take their statistics from planes: where images are large and many.
func TestDeviceStandardisesLargePlanes(t *testing.T) {
	m, err := zoo.Build("ResNet18_adapt", zoo.Options{Classes: 10, Width: 64})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for batch, want := range map[int]int{128: 10, 16: 0} {
		m, err := net.Device(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}, training.DeviceOptions{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		eachBodyNode(t, m, func(n *graphs.Node, _ graphs.Infos, _ func(string) bool) {
			if n.Op == "LayerNormalization" {
				got++
			}
		})
		if got != want {
			t.Errorf("batch %d: %d LayerNormalization, want %d", batch, got, want)
		}
	}
}
