package training_test

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestEpochMatchesPyTorch trains with one run of the epoch graph in float64.
func TestEpochMatchesPyTorch(t *testing.T) {
	for _, name := range golden.Cases(t, "train") {
		t.Run(name, func(t *testing.T) {
			var c trainCase
			golden.JSON(t, name+"/case.json", &c)
			net := load(t, name+"/model.onnx", training.Options{})
			m, err := net.Epoch(c.objective(), c.optimizer(), nil)
			if err != nil {
				t.Fatal(err)
			}
			x := golden.NPY(t, name+"/x.npy")
			rates := slices.Repeat([]float64{c.Optimizer.LR}, c.Steps)
			got, err := eval.Run(m, map[string]*eval.Value{
				"data": floats(x), "labels": ints(golden.NPY(t, name+"/labels.npy")),
				"order": ints(golden.NPY(t, name+"/batches.npy")),
				"lr":    eval.Floats([]int{c.Steps}, rates...), "t": eval.Ints(nil, 1),
			})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "losses", got["losses"], golden.NPY(t, name+"/losses.npy").Floats, 1e-7)
			for _, p := range c.Parameters {
				tolerance := p.Tolerance()
				compare(t, p.Name, got["next."+p.Name], golden.NPY(t, name+"/final/"+p.Name+".npy").Floats, tolerance)
			}
		})
	}
}

// TestEpochReadsPixels trains on bytes and on the same bytes normalised.
func TestEpochReadsPixels(t *testing.T) {
	const name = "train/mlp_bn_sgd_ce"
	net := load(t, name+"/model.onnx", training.Options{})
	objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	optimizer := training.Optimizer{Kind: training.SGD, Momentum: 0.9}
	pixels := &training.Pixels{Mean: []float64{0.5, 0.4, 0.3}, Std: []float64{0.2, 0.3, 0.4}}
	shape := golden.NPY(t, name+"/x.npy").Shape
	shape[0] = 64
	bytes, normalised := make([]int64, 64*192), make([]float64, 64*192)
	for i := range bytes {
		bytes[i] = int64(i * 37 % 256)
		c := i / 64 % 3
		normalised[i] = (float64(bytes[i])/255 - pixels.Mean[c]) / pixels.Std[c]
	}
	order := make([]int64, 64)
	labels := make([]int64, 64)
	for i := range order {
		order[i], labels[i] = int64(i*5%64), int64(i%4)
	}
	run := func(p *training.Pixels, data *eval.Value) *eval.Value {
		m, err := net.Epoch(objective, optimizer, p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := eval.Run(m, map[string]*eval.Value{
			"data": data, "labels": eval.Ints([]int{64}, labels...), "order": eval.Ints([]int{2, 32}, order...),
			"lr": eval.Floats([]int{2}, 0.1, 0.1), "t": eval.Ints(nil, 1),
		}, "losses")
		if err != nil {
			t.Fatal(err)
		}
		return got["losses"]
	}
	want := run(nil, eval.Floats(shape, normalised...))
	compare(t, "losses", run(pixels, eval.Ints(shape, bytes...)), want.F, 1e-6)
	if _, err := net.Epoch(objective, optimizer, &training.Pixels{Mean: []float64{1}, Std: []float64{1}}); err == nil {
		t.Error("one mean for three channels: no error")
	}
}
