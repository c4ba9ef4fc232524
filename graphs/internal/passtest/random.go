package passtest

import (
	"maps"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
)

// choices is how many decisions make a random graph.
const choices = 200

// Random returns a random graph with aliased outputs, subgraphs, shape arithmetic
// and all sorts of types.
func Random(c graphtest.Choices) *graphtest.Sample { return graphtest.Random(&c, false) }

// Keep runs passes that keep inputs and outputs on random graphs.
func Keep(t *testing.T, passes map[string]Pass) {
	t.Helper()
	for seed := range uint64(300) {
		s := Random(graphtest.RandomChoices(seed, choices))
		for _, name := range slices.Sorted(maps.Keys(passes)) {
			if kept(t, name, passes[name], s); t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

// Fuzz runs such passes on graphs that a fuzzer makes.
func Fuzz(f *testing.F, passes map[string]Pass) {
	for seed := range uint64(5) {
		f.Add([]byte(graphtest.RandomChoices(seed, choices)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Random(data)
		for name, pass := range passes {
			kept(t, name, pass, s)
		}
	})
}

// kept runs a pass on a random graph.
func kept(t *testing.T, name string, pass Pass, s *graphtest.Sample) {
	t.Helper()
	before := graphs.Text(s.Model)
	out, err := pass(s.Model)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, before)
	}
	if after := graphs.Text(s.Model); after != before {
		t.Errorf("%s changed the model given to it from\n%s\nto\n%s", name, before, after)
	}
	if err := graphs.Check(out); err != nil {
		t.Errorf("%s: %v\n%s\nfrom\n%s", name, err, graphs.Text(out), before)
	}
	if !slices.Equal(Names(out.Graph.Inputs), Names(s.Model.Graph.Inputs)) || !slices.Equal(Names(out.Graph.Outputs), Names(s.Model.Graph.Outputs)) {
		t.Errorf("%s has changed inputs or outputs:\n%s\nfrom\n%s", name, graphs.Text(out), before)
	}
	got, err := eval.Run(out, s.Feeds)
	if err != nil {
		t.Errorf("%s: %v\n%s\nfrom\n%s", name, err, graphs.Text(out), before)
		return
	}
	for _, v := range s.Model.Graph.Outputs {
		if !Alike(got[v.Name], s.Values[v.Name]) {
			t.Errorf("%s: %q is %v, want %v\n%s\nfrom\n%s", name, v.Name, got[v.Name], s.Values[v.Name], graphs.Text(out), before)
		}
	}
}

// Names lists values by name.
func Names(values []*graphs.Value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Name
	}
	return out
}

// Seeds runs check, which reports whether a pass changed what was made of so many
// choices, for seeds from 0 on: at least so many have to be changed.
func Seeds(t *testing.T, seeds uint64, choices, least int, check func(t *testing.T, c graphtest.Choices) bool) {
	t.Helper()
	changed := 0
	for seed := range seeds {
		if check(t, graphtest.RandomChoices(seed, choices)) {
			changed++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if changed < least {
		t.Errorf("%d of %d models were changed: too few to tell", changed, seeds)
	}
}
