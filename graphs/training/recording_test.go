package training_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
)

// TestRecordingMatchesPyTorch trains by the three graphs in float64, the learning
// rate known or not.
func TestRecordingMatchesPyTorch(t *testing.T) {
	for _, name := range golden.Cases(t, "train") {
		for _, known := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/rate known %v", name, known), func(t *testing.T) {
				c, net, in := deviceCase(t, name)
				d := training.DeviceOptions{Batch: in["order"].Shape[1]}
				if known {
					d.Rate = c.Optimizer.LR
				}
				r, err := net.Recording(c.objective(), c.optimizer(), d)
				if err != nil {
					t.Fatal(err)
				}
				checkRecordable(t, r.Turn)
				c.check(t, name, runRecording(t, r, in, c.Steps))
			})
		}
	}
}

// runRecording enters, takes a turn for each step and leaves.
func runRecording(t *testing.T, r *training.Recording, in map[string]*eval.Value, steps int) map[string]*eval.Value {
	t.Helper()
	run := func(m *graphs.Model, available map[string]*eval.Value) map[string]*eval.Value {
		given := map[string]*eval.Value{}
		for _, v := range m.Graph.Inputs {
			if given[v.Name] = available[v.Name]; given[v.Name] == nil {
				t.Fatalf("%s: nothing for input %q", m.Graph.Name, v.Name)
			}
		}
		out, err := eval.Run(m, given)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	state := run(r.Enter, in)
	state["losses"], state["correct"] = eval.Floats([]int{steps}, make([]float64, steps)...), eval.Ints([]int{steps}, make([]int64, steps)...)
	for range steps {
		available := maps.Clone(in)
		maps.Copy(available, state)
		out := run(r.Turn, available)
		for _, v := range r.State {
			state[v.Name] = out[v.Next]
		}
	}
	out := run(r.Leave, state)
	out["losses"], out["correct"] = state["losses"], state["correct"]
	return out
}

// checkRecordable reports what a GPU cannot record.
func checkRecordable(t *testing.T, m *graphs.Model) {
	t.Helper()
	for _, n := range m.Graph.Nodes {
		if n.Op == "Shape" || n.Op == "Size" || len(n.Subgraphs()) > 0 {
			t.Errorf("node %q, a %s, cannot be recorded", n.Name, n.Op)
		}
	}
}

// TestSteadyRates trains at known rates, with and without decay, as well as at
// one that the graph is told: parameters and momentum end up alike.
func TestSteadyRates(t *testing.T) {
	const batch, steps = 4, 5
	m, err := zoo.Build("MLP", zoo.Options{Classes: 3, Width: 6, Depth: 2, BatchNorm: true, FixDim: 4})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}, Decay: &training.SepDecay{WeightDecay: 0.1, FeatureDecay: 0.01}}
	for _, c := range []struct {
		rate, momentum, decay float64
		steady                bool
	}{
		{0.1, 0.9, 5e-4, true}, {0.1, 0.9, 0, true}, {1e-4, 0.99, 1e-4, true}, {0.3, 0.5, 1e-3, true},
		{0.1, 0, 5e-4, false}, {1, 0.9, 0.5, false}, {0.5, 0.9, 1e-2, false},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			o := training.Optimizer{Kind: training.SGD, Momentum: c.momentum, WeightDecay: c.decay}
			in := map[string]*eval.Value{
				"data": eval.Floats([]int{batch * steps, 3, 32, 32}, pattern(batch*steps*3*32*32)...), "t": eval.Ints(nil, 1),
				"labels": eval.Ints([]int{batch * steps}, counting(batch*steps, 3)...), "order": eval.Ints([]int{steps, batch}, counting(batch*steps, batch*steps)...),
				"lr": eval.Floats([]int{steps}, slices.Repeat([]float64{c.rate}, steps)...),
			}
			addCarried(t, net, o, in)
			for name, v := range in {
				if strings.HasSuffix(name, ".momentum") {
					copy(v.F, pattern(len(v.F)))
				}
			}
			record := func(rate float64) *training.Recording {
				r, err := net.Recording(objective, o, training.DeviceOptions{Batch: batch, Rate: rate})
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			told, known := record(0), record(c.rate)
			if own := graphs.Text(known.Turn) != graphs.Text(told.Turn); own != c.steady || (o.SteadyRate(c.rate) == c.rate) != c.steady {
				t.Errorf("of its own for the rate: %v, to be steady at %g; want %v", own, o.SteadyRate(c.rate), c.steady)
			}
			want := runRecording(t, told, in, steps)
			for name, got := range runRecording(t, known, in, steps) {
				if f := want[name].F; f != nil {
					compare(t, name, got, f, 1e-5*max(1, slices.Max(f))) // coefficients are float32
				}
			}
		})
	}
}

// TestSteadyLeaves computes what turns leave of a parameter, in float32: after
// few steps at a low rate, when the scale hardly differs from 1, the errors of
// its elements are not all alike, and after many each is as small as it can be.
func TestSteadyLeaves(t *testing.T) {
	rt := orttest.Runtime(t)
	b := oddNet{newBuilder(t)}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(1)}})
	b.Output(b.Named("logits", "MatMul", []string{x, b.fill("w", 1, large)}))
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := net.Recording(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}},
		training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 0.01}, training.DeviceOptions{Batch: 2, Rate: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range []float64{1 - 1e-7, 1 - 1e-5, 0.9, 0.3, 1e-8} {
		w := pattern(large)
		out := orttest.Run(t, rt, r.Leave, map[string]*eval.Value{
			"step/w": eval.Floats([]int{1, large}, w...), "step/w.momentum": eval.Floats([]int{1, large}, w...),
			"step/parameter.scale": eval.FromTensor(graphs.NewTensor("", graphs.Float64, nil, []float64{scale})),
		})
		var mean, most float64
		for i, got := range out["next.w"].Float32s() {
			want := scale * float64(float32(w[i]))
			err := (float64(got) - want) / want
			mean += err / large
			most = max(most, math.Abs(err))
		}
		const ulp = 1.0 / (1 << 23)
		if most > ulp || scale > 0.5 && math.Abs(mean) > ulp/40 {
			t.Errorf("scale %v: errors up to %g, %g in the mean", scale, most, mean)
		}
	}
}

// pattern returns n numbers between −1 and 1.
func pattern(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Sin(float64(i*i%9973) + 1)
	}
	return out
}

// counting returns 0, 1, … n times, modulo m.
func counting(n, m int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i % m)
	}
	return out
}
