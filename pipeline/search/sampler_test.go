package search_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/pipeline/search/searchtest"
)

// TestRegret checks how much better than random samplers are: the targets of
// the project on fewer seeds, which scripts/studies/run checks on all.
func TestRegret(t *testing.T) {
	for _, f := range searchtest.Functions() {
		median := func(kind search.SamplerKind, seeds int) float64 {
			regrets := make([]float64, seeds)
			for seed := range regrets {
				regrets[seed] = searchtest.Regret(f, kind, uint64(seed), 50)
				if regrets[seed] < -1e-6 {
					t.Fatalf("%s is %v below its minimum", f.Name, -regrets[seed])
				}
			}
			return searchtest.Median(regrets)
		}
		random := median(search.Random, 20)
		for kind, c := range map[search.SamplerKind]struct {
			seeds  int
			better float64
		}{search.Sobol: {20, 1}, search.TPE: {20, 2.5}, search.GP: {3, 5}} {
			if r := median(kind, c.seeds); !(random/r >= c.better) {
				t.Errorf("%s: %s has a median regret of %v, random of %v: want it %v times better", f.Name, kind, r, random, c.better)
			}
		}
	}
}

// conditional has parameters of several kinds; its minimum, 0, lies at lr = 0.1,
// LS with alpha = 0.2.
var conditional = search.Space{
	{Name: "lr", Kind: search.Log, Lo: 1e-4, Hi: 1},
	{Name: "loss", Kind: search.Choice, Choices: []any{"CE", "LS", "LR"}},
	{Name: "alpha", Kind: search.Uniform, Lo: 0, Hi: 0.5, When: []search.Condition{{Param: "loss", Values: []any{"LS", "LR"}}}},
	{Name: "depth", Kind: search.Int, Lo: 1, Hi: 4},
}

func conditionalLoss(p search.Point) float64 {
	v := conditional.Decode(p)
	loss := math.Abs(math.Log10(v["lr"].(float64)) + 1)
	switch v["loss"] {
	case "CE":
		loss += 0.7
	case "LR":
		loss += 0.5
	}
	if alpha, ok := v["alpha"]; ok {
		loss += 2 * math.Abs(alpha.(float64)-0.2)
	}
	return loss
}

// TestConditional searches a space of all kinds, with trials that fail.
func TestConditional(t *testing.T) {
	best := map[search.SamplerKind]float64{}
	for _, kind := range []search.SamplerKind{search.Random, search.TPE, search.GP} {
		var regrets []float64
		for seed := range uint64(5) {
			sampler, low := search.NewSampler(kind, conditional, seed), math.Inf(1)
			var done []search.Observation
			for n := range 40 {
				p := sampler.Propose(n, done, nil)
				loss := conditionalLoss(p)
				if lr := conditional.Decode(p)["lr"].(float64); lr > 0.5 {
					loss = math.NaN() // diverged
				}
				done = append(done, search.Observation{Point: p, Loss: loss})
				if loss < low {
					low = loss
				}
			}
			regrets = append(regrets, low)
		}
		best[kind] = searchtest.Median(regrets)
	}
	if best[search.TPE] > 0.7*best[search.Random] || best[search.GP] > 0.5*best[search.Random] {
		t.Errorf("best losses %v", best)
	}
}

// TestBatch checks that what is under way keeps samplers from proposing the
// same again.
func TestBatch(t *testing.T) {
	f := searchtest.Functions()[0]
	for _, kind := range []search.SamplerKind{search.TPE, search.GP} {
		sampler := search.NewSampler(kind, f.Space(), 3)
		var done []search.Observation
		for n := range 20 {
			p := sampler.Propose(n, done, nil)
			done = append(done, search.Observation{Point: p, Loss: f.At(p)})
		}
		var pending []search.Point
		for n := range 8 {
			pending = append(pending, sampler.Propose(20+n, done, pending))
		}
		for i, p := range pending {
			for _, q := range pending[:i] {
				if math.Hypot(p[0]-q[0], p[1]-q[1]) < 1e-3 {
					t.Errorf("%s proposes %v and %v in one batch", kind, q, p)
				}
			}
		}
	}
}

// TestPure checks that proposals depend on the arguments alone, and that none
// of them is changed.
func TestPure(t *testing.T) {
	for _, kind := range search.SamplerKinds() {
		var done []search.Observation
		var pending []search.Point
		for n := range 15 {
			p := search.NewSampler(search.Random, conditional, 1).Propose(n, nil, nil)
			loss := conditionalLoss(p)
			if n == 3 {
				loss = math.Inf(1)
			}
			done = append(done, search.Observation{Point: p, Loss: loss})
		}
		pending = append(pending, done[0].Point)
		before := fmt.Sprint(done, pending)
		first := search.NewSampler(kind, conditional, 9).Propose(15, slices.Clip(done), slices.Clip(pending))
		again := search.NewSampler(kind, conditional, 9).Propose(15, done, pending)
		if fmt.Sprint(first) != fmt.Sprint(again) || fmt.Sprint(done, pending) != before {
			t.Errorf("%s: %v, then %v", kind, first, again)
		}
		if other := search.NewSampler(kind, conditional, 10).Propose(15, done, pending); kind != search.Grid && fmt.Sprint(other) == fmt.Sprint(first) {
			t.Errorf("%s ignores the seed", kind)
		}
	}
}

// TestAllFailed checks that samplers go on where nothing has succeeded, and
// where all losses are the same.
func TestAllFailed(t *testing.T) {
	for _, loss := range []float64{math.NaN(), 1} {
		for _, kind := range search.SamplerKinds() {
			sampler := search.NewSampler(kind, conditional, 1)
			var done []search.Observation
			for n := range 14 {
				p := sampler.Propose(n, done, nil)
				if len(p) != len(conditional) || math.IsNaN(p[0]) {
					t.Fatalf("%s proposes %v", kind, p)
				}
				done = append(done, search.Observation{Point: p, Loss: loss})
			}
		}
	}
}

func TestImportance(t *testing.T) {
	sampler := search.NewSampler(search.Random, conditional, 2)
	var done []search.Observation
	for n := range 200 {
		p := sampler.Propose(n, nil, nil)
		done = append(done, search.Observation{Point: p, Loss: conditionalLoss(p)})
	}
	shares := search.Importance(conditional, done)
	sum := 0.0
	for _, s := range shares {
		sum += s
	}
	if !(math.Abs(sum-1) <= 1e-12) || !(shares[0] > shares[1] && shares[1] > shares[3]) || shares[3] > 0.1 {
		t.Errorf("shares %v of lr, loss, alpha and depth, which does not matter", shares)
	}
	if search.Importance(conditional, done[:7]) != nil {
		t.Error("importance of seven trials")
	}
}

func ExampleSpace_Decode() {
	space := search.Space{
		{Name: "lr", Kind: search.Log, Lo: 1e-5, Hi: 0.5},
		{Name: "loss", Kind: search.Choice, Choices: []any{"CrossEntropy", "LS"}},
		{Name: "ls_alpha", Kind: search.Uniform, Lo: 0.01, Hi: 0.25, When: []search.Condition{{Param: "loss", Values: []any{"LS"}}}},
	}
	sampler := search.NewSampler(search.Sobol, space, 6)
	for n := range 3 {
		fmt.Println(space.Decode(sampler.Propose(n, nil, nil)))
	}
	// Output:
	// map[loss:LS lr:0.175694 ls_alpha:0.0444484]
	// map[loss:CrossEntropy lr:0.00144159]
	// map[loss:LS lr:6.06688e-05 ls_alpha:0.104301]
}
