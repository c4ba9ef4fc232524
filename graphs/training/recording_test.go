package training_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestRecordingMatchesPyTorch trains by the three graphs in float64, one step
// at a time or two, the learning rate known or not.
func TestRecordingMatchesPyTorch(t *testing.T) {
	for _, name := range golden.Cases(t, "train") {
		for i, atOnce := range []int{0, 2, 0, 2} {
			t.Run(fmt.Sprintf("%s/%d at once, rate known %v", name, atOnce, i > 1), func(t *testing.T) {
				c, net, in := deviceCase(t, name)
				record := func(atOnce int) *training.Recording {
					d := training.DeviceOptions{Batch: in["order"].Shape[1], AtOnce: atOnce}
					if i > 1 {
						d.Rate = c.Optimizer.LR
					}
					r, err := net.Recording(c.objective(), c.optimizer(), d)
					if err != nil {
						t.Fatal(err)
					}
					checkRecordable(t, r.Turn)
					return r
				}
				one := record(0)
				turns := []*training.Recording{}
				if atOnce > 1 {
					for range c.Steps / atOnce {
						turns = append(turns, record(atOnce))
					}
				}
				for range c.Steps - max(atOnce, 1)*len(turns) {
					turns = append(turns, one)
				}
				c.check(t, name, runRecording(t, turns, in, c.Steps))
			})
		}
	}
}

// runRecording enters, takes turns and leaves; all graphs are of one net.
func runRecording(t *testing.T, turns []*training.Recording, in map[string]*eval.Value, steps int) map[string]*eval.Value {
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
	state := run(turns[0].Enter, in)
	state["losses"], state["correct"] = eval.Floats([]int{steps}, make([]float64, steps)...), eval.Ints([]int{steps}, make([]int64, steps)...)
	for _, r := range turns {
		available := maps.Clone(in)
		maps.Copy(available, state)
		out := run(r.Turn, available)
		for _, v := range r.State {
			state[v.Name] = out[v.Next]
		}
	}
	out := run(turns[0].Leave, state)
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
