package bench_test

import (
	"math"
	"os"
	"path/filepath"
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

// TestAgree compares training by two loops, and training with another momentum.
// At a low rate 1 less the decay of a step would be rounded by much of it.
func TestAgree(t *testing.T) {
	same := func(*train.Config) {}
	plain := func(c *train.Config) {
		c.Optimizer, c.Schedule.LR = training.Optimizer{Kind: training.SGD, WeightDecay: 0.05}, 1e-5
	}
	for name, c := range map[string]struct {
		both, one func(*train.Config)
		agree     bool
	}{
		"the device loop":                      {same, func(c *train.Config) { c.Loop = train.DeviceLoop }, true},
		"without momentum, by the device loop": {plain, func(c *train.Config) { c.Loop = train.DeviceLoop }, true},
		"another momentum":                     {same, func(c *train.Config) { c.Optimizer.Momentum = 0.8 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			host := smallConfig(t)
			c.both(&host)
			other := host
			c.one(&other)
			a, err := bench.Agree(t.Context(), orttest.Runtime(t), [2]train.Config{host, other}, 4, false)
			if err != nil {
				t.Fatal(err)
			}
			if agree := a.Worst() < 1e-3; agree != c.agree {
				t.Errorf("%+v", a)
			}
		})
	}
}

// TestProfile profiles on the CPU, where no node is a stray.
func TestProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "profile.json")
	p, err := bench.Profile(t.Context(), orttest.Runtime(t), smallConfig(t), 4, true, file)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Strays) > 0 || p.Steps < 4 || p.Nodes() < 20 || p.Nodes() != math.Trunc(p.Nodes()) {
		t.Errorf("%d steps of %v nodes, strays %v", p.Steps, p.Nodes(), p.Strays)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("the runtime's notes are not kept: %v", err)
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
