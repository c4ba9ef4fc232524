package bench_test

import (
	"testing"

	"github.com/memdil/memdil/bench"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
	"github.com/memdil/memdil/train"
)

func smallConfig(t *testing.T) train.Config {
	t.Helper()
	m, err := zoo.Build("MLP", zoo.Options{Classes: 2, Width: 64, Depth: 2, BatchNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{Logits: "logits"})
	if err != nil {
		t.Fatal(err)
	}
	return train.Config{
		Net:       net,
		Objective: training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}},
		Optimizer: training.Optimizer{Kind: training.SGD, Momentum: 0.9},
		Schedule:  train.Schedule{LR: 1e-4, Gamma: 1},
		BatchSize: 8,
	}
}

// checkOrder checks that a spread is one of real times.
func checkOrder(t *testing.T, what string, s bench.Spread) {
	t.Helper()
	if !(0 < s.Min && s.Min <= s.Lower && s.Lower <= s.Median && s.Median <= s.Upper && s.Upper <= s.Max) {
		t.Errorf("%s: %+v is no spread of times", what, s)
	}
}

// TestStep checks that the parts of a step fit into the whole.
func TestStep(t *testing.T) {
	s, err := bench.NewStepper(orttest.Runtime(t), smallConfig(t), 4, true)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Run(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	r, err := s.Round(t.Context(), 9) // over the ends of epochs
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]bench.Spread{"step": r.Step, "graph": r.Graph, "optimizer": r.Optimizer} {
		checkOrder(t, what, s)
	}
	if parts := r.Graph.Min + r.Optimizer.Min + r.Wait.Min; parts > r.Step.Min {
		t.Errorf("the least parts make %v ms, the least step %v ms", parts, r.Step.Min)
	}
}

func TestEpoch(t *testing.T) {
	r, err := bench.Epoch(t.Context(), orttest.Runtime(t), smallConfig(t), bench.EpochOptions{Samples: 30, Epochs: 2, Augment: true})
	if err != nil {
		t.Fatal(err)
	}
	checkOrder(t, "epoch", r.Seconds)
}

func TestExport(t *testing.T) {
	r, err := bench.Export(t.Context(), smallConfig(t).Net, bench.ExportOptions{Samples: 50, Batch: 16, Repeats: 2})
	if err != nil {
		t.Fatal(err)
	}
	checkOrder(t, "export", r.Seconds)
	checkOrder(t, "inference", r.Infer)
	if r.Batch != 16 || r.Infer.Min+r.Commit.Min > r.Seconds.Min {
		t.Errorf("the parts do not fit the whole: %+v", r)
	}
}

func TestMetrics(t *testing.T) {
	r, err := bench.Metrics(t.Context(), bench.MetricsOptions{Samples: 2000, Dim: 16, Classes: 4, Noise: 0.5, Repeats: 2})
	if err != nil {
		t.Fatal(err)
	}
	checkOrder(t, "metrics", r.Seconds)
	if least := int64(2000 * (16 + 4) * 4); r.FileSize < least {
		t.Errorf("the file has %d bytes, its vectors alone %d", r.FileSize, least)
	}
}
