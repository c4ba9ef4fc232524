package search

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
)

// event is one epoch of a trial in testdata/schedulers.json, with the decision
// of Ray Tune 2.60.0 (asha) or Optuna 5.0.0 (median), as scripts/studies/schedulers.py
// wrote them.
type event struct {
	trial, epoch int
	loss         float64
	stop         bool
}

// UnmarshalJSON reads [trial, epoch, loss, stop].
func (e *event) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&e.trial, &e.epoch, &e.loss, &e.stop})
}

type recorded struct {
	MinEpochs int `json:"min_epochs"`
	Reduction int
	Startup   int
	Events    []event
}

func TestSchedulersDecideAsOthers(t *testing.T) {
	data, err := os.ReadFile("testdata/schedulers.json")
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Epochs int
		ASHA   []recorded
		Median recorded
	}
	if err := json.Unmarshal(data, &truth); err != nil {
		t.Fatal(err)
	}
	check := func(kind SchedulerKind, r recorded) {
		t.Run(fmt.Sprintf("%s from %d by %d", kind, r.MinEpochs, r.Reduction), func(t *testing.T) {
			s := NewScheduler(kind, SchedulerOptions{Epochs: truth.Epochs, MinEpochs: r.MinEpochs, Reduction: r.Reduction, Startup: r.Startup})
			stops := 0
			for i, e := range r.Events {
				if got := s.Report(e.trial, e.epoch, e.loss); got != e.stop {
					t.Fatalf("event %d, %+v: stop is %v", i, e, got)
				}
				if e.stop {
					stops++
				} else if e.epoch == truth.Epochs {
					s.Finish(e.trial)
				}
			}
			if stops == 0 || len(r.Events) < 100 {
				t.Errorf("%d stops in %d events: the fixture tests nothing", stops, len(r.Events))
			}
		})
	}
	for _, r := range truth.ASHA {
		check(ASHA, r)
	}
	check(Median, truth.Median)
}

// TestHyperband checks that the brackets take the shares that Hyperband gives
// them, and that each stops as ASHA does from its first rung.
func TestHyperband(t *testing.T) {
	h := newHyperband(SchedulerOptions{MinEpochs: 1, Reduction: 3, Epochs: 81, Seed: 5})
	// Li et al. 2018, table 1, for R = 81 and η = 3: n of each bracket.
	want := []float64{81, 34, 15, 8, 5}
	counts := map[*halving]float64{}
	const trials = 20_000
	for n := range trials {
		counts[h.bracket(n)]++
	}
	if len(h.brackets) != len(want) {
		t.Fatalf("%d brackets, want %d", len(h.brackets), len(want))
	}
	for i, w := range want {
		p := w / 143
		if got := counts[h.brackets[i]] / trials; !(math.Abs(got-p) <= 4*math.Sqrt(p/trials)) {
			t.Errorf("bracket %d has %.3f of the trials, want %.3f", i, got, p)
		}
		if n := len(h.brackets[i].rungs); n != 4-i {
			t.Errorf("bracket %d has %d rungs, want %d", i, n, 4-i)
		}
	}
	for n := range 100 {
		last := h.bracket(n) == h.brackets[4]
		stopped := false
		for epoch := 1; epoch <= 81 && !stopped; epoch++ {
			stopped = h.Report(n, epoch, float64(n)) // each worse than all before
		}
		if first := n == firstOf(h, n); stopped != (!last && !first) {
			t.Errorf("trial %d: stopped is %v", n, stopped)
		}
	}
}

// firstOf returns the first trial of a trial's bracket.
func firstOf(h *hyperband, trial int) int {
	n := 0
	for h.bracket(n) != h.bracket(trial) {
		n++
	}
	return n
}

func TestDivergedIsStopped(t *testing.T) {
	for _, kind := range []SchedulerKind{ASHA, Median} {
		s := NewScheduler(kind, SchedulerOptions{Epochs: 10, Startup: 1})
		for epoch := 1; epoch <= 10; epoch++ {
			s.Report(0, epoch, 1)
		}
		s.Finish(0)
		if !s.Report(1, 1, math.NaN()) {
			t.Errorf("%s goes on with NaN", kind)
		}
		if s.Report(2, 1, 0.5) {
			t.Errorf("%s stops the best", kind)
		}
	}
	if NewScheduler(NoScheduler, SchedulerOptions{}).Report(0, 1, math.NaN()) {
		t.Error("none stops a trial")
	}
}
