package search

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/memdil/memdil/random"
)

// mixed has a parameter of every kind, two of them conditional.
var mixed = Space{
	{Name: "lr", Kind: Log, Lo: 1e-5, Hi: 0.5},
	{Name: "optimizer", Kind: Choice, Choices: []any{"SGD", "Adam", int64(3)}},
	{Name: "momentum", Kind: Uniform, Lo: 0, Hi: 0.99, When: []Condition{{"optimizer", []any{"SGD"}}}},
	{Name: "depth", Kind: Int, Lo: 2, Hi: 5},
	{Name: "width", Kind: LogInt, Lo: 8, Hi: 1024},
	{Name: "bn", Kind: Choice, Choices: []any{true, false}, When: []Condition{{"optimizer", []any{"SGD", "Adam"}}}},
}

// TestRoundTrip checks that what a trial records gives its point back, also
// through JSON.
func TestRoundTrip(t *testing.T) {
	if err := mixed.Check(); err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		p := NewSampler(Random, mixed, 1).Propose(n, nil, nil)
		values := mixed.Decode(p)
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		var read map[string]any
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		again, err := mixed.Encode(read)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(again) != fmt.Sprint(p) { // NaN equals NaN in text
			t.Fatalf("%s is %v, was %v", text, again, p)
		}
		if _, active := values["momentum"]; active != (values["optimizer"] == "SGD") {
			t.Fatalf("%s: momentum is conditional", text)
		}
		if lr := values["lr"].(float64); lr < 1e-5 || lr > 0.5 {
			t.Fatalf("lr = %v", lr)
		}
		if w := values["width"].(int64); w < 8 || w > 1024 {
			t.Fatalf("width = %v", w)
		}
	}
}

func TestEnds(t *testing.T) {
	for _, c := range []struct {
		param  Param
		lo, hi any
	}{
		{mixed[0], 1e-5, 0.5}, {mixed[2], 0.0, 0.99}, {mixed[3], int64(2), int64(5)}, {mixed[4], int64(8), int64(1024)},
		{mixed[1], "SGD", int64(3)},
	} {
		if lo, hi := c.param.value(0), c.param.value(1); lo != c.lo || hi != c.hi {
			t.Errorf("%s reaches from %v to %v, want %v to %v", c.param.Name, lo, hi, c.lo, c.hi)
		}
	}
}

// TestWholeNumbersEven checks that every whole number is as likely.
func TestWholeNumbersEven(t *testing.T) {
	s, counts := random.New(1, random.Search, 9), map[any]int{}
	for i := range uint64(8000) {
		counts[mixed[3].value(s.Float64(i))]++
	}
	for _, n := range counts {
		if n < 1800 || n > 2200 {
			t.Errorf("of 8000: %v", counts)
		}
	}
}

func TestCheck(t *testing.T) {
	lr := Param{Name: "lr", Kind: Log, Lo: 0.1, Hi: 1}
	for want, s := range map[string]Space{
		"lr is given twice":                            {lr, lr},
		"lr: the range from 1 to 1 is empty":           {{Name: "lr", Kind: Uniform, Lo: 1, Hi: 1}},
		"lr: a logarithmic range must begin above 0":   {{Name: "lr", Kind: Log, Hi: 1}},
		"lr: the ends of a range must be finite":       {{Name: "lr", Kind: Uniform, Hi: math.Inf(1)}},
		"d: the ends of a range of whole numbers must": {{Name: "d", Kind: Int, Hi: 1.5}},
		"c: a choice of nothing":                       {{Name: "c", Kind: Choice}},
		"c: the choice 1 stands twice":                 {{Name: "c", Kind: Choice, Choices: []any{int64(1), 1.0}}},
		"lr: points must be at least 2":                {{Name: "lr", Kind: Uniform, Hi: 1, Points: 1}},
		"a: it depends on lr, which is no choice":      {lr, {Name: "a", Kind: Uniform, Hi: 1, When: []Condition{{"lr", []any{1}}}}},
		"a: it depends on b, which is no choice":       {{Name: "a", Kind: Uniform, Hi: 1, When: []Condition{{"b", []any{1}}}}},
		"a: it depends on o = 9, which is not among":   {{Name: "o", Kind: Choice, Choices: []any{1}}, {Name: "a", Kind: Uniform, Hi: 1, When: []Condition{{"o", []any{9}}}}},
	} {
		if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s…", err, want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for want, values := range map[string]map[string]any{
		"there is no lr": {},
		"lr: 1 is not":   {"lr": 1.0},
		"lr: x is not":   {"lr": "x"},
		"optimizer: LBFGS is not among the choices": {"lr": 0.1, "optimizer": "LBFGS"},
	} {
		if _, err := mixed.Encode(values); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: %v, want %s…", values, err, want)
		}
	}
}

func TestGrid(t *testing.T) {
	s := Space{
		{Name: "lr", Kind: Log, Lo: 0.01, Hi: 1, Points: 3},
		{Name: "loss", Kind: Choice, Choices: []any{"CE", "LS"}},
		{Name: "ls_alpha", Kind: Uniform, Lo: 0, Hi: 1, Points: 2, When: []Condition{{"loss", []any{"LS"}}}},
		{Name: "depth", Kind: Int, Lo: 1, Hi: 2},
	}
	want := []map[string]any{}
	for _, lr := range []float64{0.01, 0.1, 1} {
		for _, alpha := range []any{nil, 0.0, 1.0} {
			for _, depth := range []int64{1, 2} {
				v := map[string]any{"lr": lr, "loss": "CE", "depth": depth}
				if alpha != nil {
					v["loss"], v["ls_alpha"] = "LS", alpha
				}
				want = append(want, v)
			}
		}
	}
	n, err := s.GridSize()
	if err != nil || n != len(want) {
		t.Fatalf("%d combinations (%v), want %d", n, err, len(want))
	}
	sampler := NewSampler(Grid, s, 0)
	for i, w := range want {
		if got := s.Decode(sampler.Propose(i, nil, nil)); !reflect.DeepEqual(got, w) {
			t.Errorf("combination %d is %v, want %v", i, got, w)
		}
	}
	var huge Space
	for i := range 20 {
		huge = append(huge, Param{Name: fmt.Sprint(i), Kind: Uniform, Hi: 1})
	}
	if _, err := huge.GridSize(); err == nil {
		t.Error("a grid of 5²⁰ combinations")
	}
}
