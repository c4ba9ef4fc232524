package tracking

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestSpans takes steps in any order and compares with a set.
func TestSpans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s spans
		set := map[int64]bool{}
		for range 30 {
			if step := rng.Int64N(40); !s.has(step) {
				s, set[step] = s.with(step), true
			}
		}
		for step := int64(-1); step <= 41; step++ {
			if s.has(step) != set[step] {
				t.Fatalf("%v: has(%d) is %v", s, step, s.has(step))
			}
		}
		for i := 1; i < len(s); i++ {
			if s[i][0] <= s[i-1][1]+1 {
				t.Fatalf("%v: spans touch", s)
			}
		}
	}
}

// TestFresh fills gaps: metrics of earlier epochs that were measured later.
func TestFresh(t *testing.T) {
	s := steps{}
	s.fresh([]Point{{"nc1", 5, 1}, {"nc1", 10, 1}})
	other := s.clone()
	got := s.fresh([]Point{{"nc1", 4, 1}, {"nc1", 5, 1}, {"nc1", 6, 1}, {"loss", 5, 1}})
	if want := []Point{{"nc1", 4, 1}, {"nc1", 6, 1}, {"loss", 5, 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if want := (steps{"nc1": {{4, 6}, {10, 10}}, "loss": {{5, 5}}}); !reflect.DeepEqual(s, want) {
		t.Errorf("%v, want %v", s, want)
	}
	if want := (steps{"nc1": {{5, 5}, {10, 10}}}); !reflect.DeepEqual(other, want) {
		t.Errorf("the copy is %v, want %v", other, want)
	}
}
