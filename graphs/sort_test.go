package graphs

import (
	"slices"
	"strings"
	"testing"
)

// chain makes nodes from lines such as "c < a b": c reads a and b.
func chain(lines ...string) *Graph {
	g := &Graph{Name: "g"}
	for _, line := range lines {
		output, inputs, _ := strings.Cut(line, " < ")
		g.Nodes = append(g.Nodes, &Node{Op: "Op", Inputs: strings.Fields(inputs), Outputs: []string{output}})
	}
	return g
}

func order(g *Graph) string {
	var names []string
	for _, n := range g.Nodes {
		names = append(names, n.Outputs[0])
	}
	return strings.Join(names, " ")
}

func TestSort(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"nothing", nil, ""},
		{"in order", []string{"a < x", "b", "c < a b", "d < a"}, "a b c d"},
		{"independent stay", []string{"c", "a", "b"}, "c a b"},
		{"reversed", []string{"c < b", "b < a", "a"}, "a b c"},
		{"stable", []string{"d < c", "a", "b", "c < a", "e"}, "a b c d e"},
		{"same input twice", []string{"b < a a", "a"}, "a b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := chain(test.lines...)
			if err := g.Sort(); err != nil {
				t.Fatal(err)
			}
			if got := order(g); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSortErrors(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"itself", []string{"a < a"}, `Op node "a" is part of a cycle`},
		{"below the cycle", []string{"d < c", "a < b", "b < a", "c < a"}, `node "b" is part of a cycle: its input "a"`},
		{"two producers", []string{"a", "a"}, `both produce "a"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := chain(test.lines...).Sort(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestSortFollowsCaptures: a value that only a nested subgraph reads comes
// before the node that holds the subgraph, and subgraphs are sorted too.
func TestSortFollowsCaptures(t *testing.T) {
	inner := chain("t < s outer", "s < t0")
	middle := chain("m")
	middle.Nodes[0].Attributes = []Attribute{Subgraph("body", inner)}
	g := chain("if", "outer")
	g.Nodes[0].Attributes = []Attribute{Subgraph("body", middle)}
	if got := g.Nodes[0].Captures(); !slices.Equal(got, []string{"outer", "t0"}) {
		t.Errorf("captures %v", got)
	}
	if err := g.Sort(); err != nil {
		t.Fatal(err)
	}
	if order(g) != "outer if" || order(inner) != "s t" {
		t.Errorf("sorted %q, inside %q", order(g), order(inner))
	}
}
