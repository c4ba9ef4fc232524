package study

import (
	"math"
	"testing"
)

// TestSearched places results on the axes of the search, in the order of the
// trials.
func TestSearched(t *testing.T) {
	p, err := Parse([]byte(fake + `
[grid]
loss = ["CrossEntropy", "LS"]
[search]
sampler = "random"
objective = "-val_loss"
trials = 12
[search.space]
lr = { log = [0.001, 0.1] }
gamma = { choice = [0.01, 0.1, 0.5] }
ls_alpha = { uniform = [0.0, 0.2], when = { loss = "LS" } }
`))
	if err != nil {
		t.Fatal(err)
	}
	c := &Contents{Results: map[string]Result{}}
	add := func(number, cell int, state State, value float64, params map[string]any) {
		c.Results[trialID(number)] = Result{ID: trialID(number), Number: number, Cell: cell, State: state, Value: &value, Params: params}
	}
	add(1, 1, Pruned, 2, map[string]any{"lr": 0.1, "gamma": 0.01, "ls_alpha": 0.1})
	add(0, 0, Finished, 1, map[string]any{"lr": 0.01, "gamma": 0.5})
	add(2, 0, Failed, 3, map[string]any{"lr": 0.001, "gamma": 0.1})
	add(3, 7, Finished, 3, map[string]any{"lr": 0.001, "gamma": 0.1}) // no such cell
	add(4, 0, Finished, 3, map[string]any{"lr": 7.0, "gamma": 0.1})   // outside the space
	for i := range 8 {
		add(10+i, 0, Finished, float64(i), map[string]any{"lr": 0.001 * math.Pow(100, float64(i)/7), "gamma": 0.1})
	}
	s := p.searched(c)
	if s.Objective != "val_loss" || !s.Minimise || len(s.Axes) != 3 || len(s.Trials) != 11 {
		t.Fatalf("%+v", s)
	}
	at := map[string]int{}
	for i, a := range s.Axes {
		at[a.Name] = i
	}
	first, second, third := s.Trials[0], s.Trials[1], s.Trials[2]
	if !(math.Abs(first.At[at["lr"]]-0.5) <= 1e-12) || !math.IsNaN(first.At[at["ls_alpha"]]) || first.Value != 1 || first.Pruned {
		t.Errorf("the first trial is %+v", first)
	}
	if !(math.Abs(second.At[at["ls_alpha"]]-0.5) <= 1e-12) || !second.Pruned || second.Group == first.Group {
		t.Errorf("the second trial is %+v", second)
	}
	if !math.IsNaN(third.Value) {
		t.Errorf("a trial that failed has the value %v", third.Value)
	}
	lr, gamma, alpha := s.Axes[at["lr"]].Importance, s.Axes[at["gamma"]].Importance, s.Axes[at["ls_alpha"]].Importance
	if !(math.Abs(lr+gamma-1) <= 1e-12) || lr <= 0 || gamma <= 0 || alpha != 0 {
		t.Errorf("importance %v, %v, %v: shares of the one cell that has trials enough", lr, gamma, alpha)
	}
	if ticks := s.Axes[at["gamma"]].Ticks; len(ticks) != 3 || ticks[1].Label != "0.1" || ticks[1].Place != 0.5 {
		t.Errorf("ticks %+v", ticks)
	}
}
