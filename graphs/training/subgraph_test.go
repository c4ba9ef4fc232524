package training_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestLoopsKeepBranches trains a model with a branch off the gradient's path
// that reads values around it, by the Loops and step by step.
func TestLoopsKeepBranches(t *testing.T) {
	b := newBuilder(t)
	b.Model().Opsets["com.example"] = 1 // which nothing uses
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
	weight := b.Initializer(graphs.NewFloats("weight", []int64{2, 3}, []float32{0.1, -0.2, 0.3, 0.4, -0.5, 0.6}))
	rounded := b.Cast(b.ReduceSum(x, true, 1), graphs.Int64)
	condition := b.Greater(b.ReduceSum(x, false), b.Like(x, 0))
	branch := func(name, op string) *graphs.Graph {
		return &graphs.Graph{Name: name, Nodes: []*graphs.Node{{Op: op, Inputs: []string{rounded}, Outputs: []string{name + "/out"}}},
			Outputs: []*graphs.Value{{Name: name + "/out", Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(1)}}}}}
	}
	shift := b.Op("If", []string{condition}, graphs.Subgraph("then_branch", branch("then", "Neg")), graphs.Subgraph("else_branch", branch("else", "Abs")))
	classes := b.Initializer(graphs.NewFloats("classes", []int64{1, 3}, []float32{0.5, 0, 1}))
	b.Output(b.Named("logits", "Add", []string{b.MatMul(x, weight), b.Mul(b.Cast(shift, graphs.Float32), classes)}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(b.Model(), training.Options{Freeze: []string{"classes"}})
	if err != nil {
		t.Fatal(err)
	}
	objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	sgd := training.Optimizer{Kind: training.SGD, Momentum: 0.9}
	data := []float64{3, 1, -2, 0, -1, -4, 2, 2}
	in := map[string]*eval.Value{"data": eval.Floats([]int{4, 2}, data...), "labels": eval.Ints([]int{4}, 0, 1, 2, 1),
		"order": eval.Ints([]int{2, 2}, 0, 3, 1, 2), "lr": eval.Floats([]int{2}, 0.5, 0.5), "t": eval.Ints(nil, 1)}
	addCarried(t, net, sgd, in)
	want := stepByStep(t, net, objective, sgd, [][]float64{{3, 1, 2, 2}, {-2, 0, -1, -4}}, [][]int64{{0, 1}, {1, 2}})
	for _, atOnce := range []int{1, 2} {
		m, err := net.Device(objective, sgd, training.DeviceOptions{Batch: 2, AtOnce: atOnce})
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Opsets) != 1 {
			t.Errorf("operator sets %v, want the standard one alone", m.Opsets)
		}
		got, err := eval.Run(m, in, "losses")
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "losses", got["losses"], want, 1e-9)
	}
}

// stepByStep returns the losses of a step graph at a rate of 0.5.
func stepByStep(t *testing.T, net *training.Net, o training.Objective, sgd training.Optimizer, inputs [][]float64, labels [][]int64) []float64 {
	t.Helper()
	m, err := net.Step(o, sgd)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]*eval.Value{"lr": eval.Floats(nil, 0.5)}
	addCarried(t, net, sgd, in)
	var losses []float64
	for i, x := range inputs {
		in["x"], in["label"], in["t"] = eval.Floats([]int{len(x) / 2, 2}, x...), eval.Ints([]int{len(labels[i])}, labels[i]...), eval.Ints(nil, int64(i+1))
		got, err := eval.Run(m, in)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, got["loss"].F[0])
		for _, name := range []string{"weight", "weight.momentum"} {
			in[name] = got["next."+name]
		}
	}
	return losses
}
