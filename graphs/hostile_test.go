package graphs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
)

// TestEndlessProducts squares a symbolic size so often that its product would
// have 2⁴⁰ factors.
func TestEndlessProducts(t *testing.T) {
	b := hostile(t)
	size := b.Op("Shape", []string{"x"})
	for range 40 {
		size = b.Mul(size, size)
	}
	if e := b.Info(size).Value; len(e) != 2 || e[0] != (graphs.Element{}) {
		t.Errorf("elements %v", e)
	}
}

// TestEndlessRank adds an axis with each node.
func TestEndlessRank(t *testing.T) {
	b := hostile(t)
	x := "x"
	for range 100 {
		x = b.Unsqueeze(x, 0)
	}
	if err := b.Err(); err == nil || !strings.Contains(err.Error(), "Unsqueeze node") || !strings.Contains(err.Error(), "rank 65") {
		t.Errorf("error %v", err)
	}
	m := graphs.NewModel("deep", 18)
	m.Graph.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: make(graphs.Shape, 65)}}}
	if _, err := graphs.Infer(m); err == nil || !strings.Contains(err.Error(), `input "x"`) {
		t.Errorf("error %v", err)
	}
}

func hostile(t *testing.T) *graphs.Builder {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("hostile", 18))
	if err != nil {
		t.Fatal(err)
	}
	b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(4)}})
	return b
}

// TestLabel checks that a node is named on one line of sane length.
func TestLabel(t *testing.T) {
	long := strings.Repeat("n", 1<<20)
	for _, c := range []struct {
		node graphs.Node
		want string
	}{
		{graphs.Node{Op: "Relu", Name: "/act/Relu"}, `Relu node "/act/Relu"`},
		{graphs.Node{Op: "Relu", Outputs: []string{"", "größe"}}, `Relu node "größe"`},
		{graphs.Node{Op: "Relu", Name: "a\nb\x1b[31m"}, `Relu node "a\nb\x1b[31m"`},
		{graphs.Node{Op: "Relu", Name: long}, fmt.Sprintf("Relu node %q", long[:80]+"…"+long[:80])},
	} {
		if got := c.node.Label(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// TestDefaultsOfBodies gives a loop's input an initializer in its body, which is not
// what the loop gives it.
func TestDefaultsOfBodies(t *testing.T) {
	b := hostile(t)
	body := &graphs.Graph{
		Name:         "body",
		Inputs:       []*graphs.Value{{Name: "turn"}, {Name: "on"}, {Name: "size"}},
		Initializers: []*graphs.Tensor{graphs.NewInts("size", []int64{1}, []int64{3}), graphs.NewInts("fixed", []int64{1}, []int64{2})},
		Nodes: []*graphs.Node{
			{Op: "Expand", Inputs: []string{"x", "size"}, Outputs: []string{"y"}},
			{Op: "ConstantOfShape", Inputs: []string{"fixed"}, Outputs: []string{"z"}},
		},
		Outputs: []*graphs.Value{{Name: "on"}, {Name: "size"}, {Name: "y"}, {Name: "z"}},
	}
	b.Append(&graphs.Node{Op: "Loop", Inputs: []string{"", "", b.Const(graphs.NewInts("", []int64{1}, []int64{5}))}, Outputs: []string{"last", "ys", "zs"},
		Attributes: []graphs.Attribute{graphs.Subgraph("body", body)}})
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	if ys := b.Info("ys"); ys.Shape != nil && slices.Contains(ys.Shape[1:], graphs.Known(3)) {
		t.Errorf("ys is %s: as if the body's own number were what the loop gives", ys.Type)
	}
	if zs := b.Info("zs"); len(zs.Shape) != 2 || zs.Shape[1] != graphs.Known(2) {
		t.Errorf("zs is %s, want a number of rows of 2", zs.Type)
	}
}

// TestNestedLoops doubles x in a loop in a loop, sixty deep: nothing is known of
// the size, and it does not take for ever to find that out.
func TestNestedLoops(t *testing.T) {
	b := hostile(t)
	double := &graphs.Node{Op: "Concat", Inputs: []string{"x0", "x0"}, Outputs: []string{"y0"}, Attributes: []graphs.Attribute{graphs.Int("axis", 0)}}
	for depth := range 60 {
		name := func(v string) string { return fmt.Sprint(v, depth) }
		body := &graphs.Graph{
			Name:    name("body"),
			Inputs:  []*graphs.Value{{Name: name("turn")}, {Name: name("on")}, {Name: name("x")}},
			Nodes:   []*graphs.Node{double},
			Outputs: []*graphs.Value{{Name: name("on")}, {Name: name("y")}},
		}
		x := fmt.Sprint("x", depth+1)
		if depth == 59 {
			x = "x"
		}
		double = &graphs.Node{Op: "Loop", Inputs: []string{"", "", x}, Outputs: []string{fmt.Sprint("y", depth+1)},
			Attributes: []graphs.Attribute{graphs.Subgraph("body", body)}}
	}
	b.Append(double)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	if got := b.Info("y60"); got.Elem != graphs.Float32 || got.Shape != nil {
		t.Errorf("inferred %s, want floats of unknown shape", got.Type)
	}
}
