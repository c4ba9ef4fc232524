package cost_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/cost"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
)

// TestPeakOfRandomGraphs compares with an account of which values are in use
// during each node, of the sizes that they have when the graph runs.
func TestPeakOfRandomGraphs(t *testing.T) {
	compared := 0
	for seed := range uint64(1000) {
		c := graphtest.RandomChoices(seed, 200)
		s := graphtest.Random(&c, false)
		for _, v := range s.Model.Graph.Inputs { // sizes as fed, so that all are known
			v.Type.Shape = s.Feeds[v.Name].Tensor("").TensorType().Shape
		}
		got, err := cost.Of(s.Model, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Memory.Unsized) > 0 { // shapes that depend on values
			continue
		}
		compared++
		if want := inUse(t, s); got.Memory.Activations != want {
			t.Fatalf("seed %d: peak of %d bytes, want %d\n%s", seed, got.Memory.Activations, want, graphs.Text(s.Model))
		}
	}
	if compared < 150 {
		t.Errorf("only %d graphs have known sizes", compared)
	}
}

// inUse is the most bytes in use during a node.
func inUse(t *testing.T, s *graphtest.Sample) int64 {
	t.Helper()
	g, most := s.Model.Graph, int64(0)
	var names []string
	for _, n := range g.Nodes {
		names = append(names, n.Outputs...)
	}
	values, err := eval.Run(s.Model, s.Feeds, names...)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range g.Nodes {
		sum := int64(0)
		for j, maker := range g.Nodes[:i+1] {
			for _, o := range maker.Outputs {
				if isView(g, maker) || j < i && !usedFrom(g, o, i) {
					continue
				}
				if j < i || len(n.Subgraphs()) == 0 {
					sum += bytesOf(values[o])
				}
			}
		}
		if len(n.Subgraphs()) > 0 { // a branch holds its result, which becomes the If's
			sum += bytesOf(values[n.Outputs[0]])
		}
		most = max(most, sum)
	}
	return most
}

func isView(g *graphs.Graph, n *graphs.Node) bool {
	return strings.Contains("Reshape Flatten Squeeze Unsqueeze Identity", n.Op) && g.Output(n.Outputs[0]) == nil
}

// usedFrom reports whether node i, one after it or the caller reads a value or
// a view of it.
func usedFrom(g *graphs.Graph, name string, i int) bool {
	if g.Output(name) != nil {
		return true
	}
	for j, n := range g.Nodes {
		if j >= i && slices.Contains(slices.Concat(n.Inputs, n.Captures()), name) {
			return true
		}
		if isView(g, n) && n.Inputs[0] == name && usedFrom(g, n.Outputs[0], i) {
			return true
		}
	}
	return false
}

func bytesOf(v *eval.Value) int64 { return int64(len(v.Tensor("").Data)) }

// TestMemoryOfLoops adds a body's values and what it carries to what lives
// around it: 2·4 bytes of e, then in the body its own input, f and g of 3·4
// bytes each.
func TestMemoryOfLoops(t *testing.T) {
	three := graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(3)}
	truth := graphs.Type{Elem: graphs.Bool, Shape: graphs.Shape{}}
	body := &graphs.Graph{
		Name: "body",
		Inputs: []*graphs.Value{{Name: "i", Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{}}},
			{Name: "go", Type: truth}, {Name: "state", Type: three}},
		Outputs: []*graphs.Value{{Name: "go on", Type: truth}, {Name: "g", Type: three}},
		Nodes: []*graphs.Node{
			{Op: "Identity", Inputs: []string{"go"}, Outputs: []string{"go on"}},
			{Op: "Exp", Inputs: []string{"state"}, Outputs: []string{"f"}},
			{Op: "Neg", Inputs: []string{"f"}, Outputs: []string{"g"}},
		},
	}
	m := graphs.NewModel("loop", 18)
	m.Graph.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N")}}},
		{Name: "state of x", Type: three}, {Name: "order", Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{graphs.Symbolic("turns")}}}}
	m.Graph.Outputs = []*graphs.Value{{Name: "e", Type: m.Graph.Inputs[0].Type}, {Name: "y", Type: three}}
	m.Graph.Nodes = []*graphs.Node{
		{Op: "Exp", Inputs: []string{"x"}, Outputs: []string{"e"}},
		{Op: "Size", Inputs: []string{"order"}, Outputs: []string{"turns of the loop"}},
		{Op: "Loop", Inputs: []string{"turns of the loop", "", "state of x"}, Outputs: []string{"y"},
			Attributes: []graphs.Attribute{graphs.Subgraph("body", body)}},
	}
	if err := graphs.Check(m); err != nil {
		t.Fatal(err)
	}
	c, err := cost.Of(m, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := int64(2*4 + 8 /* turns */ + 8 /* i */ + 1 /* go */ + 3*4 + 1 /* go on */ + 2*3*4)
	if c.Memory.Activations != want || c.Memory.At.Op != "Loop" || len(c.Memory.Unsized) > 0 {
		t.Errorf("peak of %d bytes in %s, want %d in the Loop; of unknown size: %q", c.Memory.Activations, c.Memory.At.Label(), want, c.Memory.Unsized)
	}
	if c.FLOPs != 2+2*3 {
		t.Errorf("%d FLOPs, want 2 of the first Exp and 6 of one turn", c.FLOPs)
	}
	if c.Memory.Inputs != 2*4+3*4+1*8 {
		t.Errorf("inputs of %d bytes", c.Memory.Inputs)
	}
}

// TestBatch fixes the batch, or says that it is fixed.
func TestBatch(t *testing.T) {
	build := func(d graphs.Dim) *graphs.Model {
		b, err := graphs.NewBuilder(graphs.NewModel("batch", 18))
		if err != nil {
			t.Fatal(err)
		}
		b.Output(b.Exp(b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{d, graphs.Known(5)}})))
		return b.Model()
	}
	for _, test := range []struct {
		dim         graphs.Dim
		batch, want int64
	}{
		{graphs.Symbolic("N"), 0, 1}, {graphs.Symbolic("N"), 7, 7}, {graphs.UnknownDim, 7, 7}, {graphs.Known(4), 0, 4}, {graphs.Known(4), 4, 4},
	} {
		m := build(test.dim)
		before := graphs.Text(m)
		c, err := cost.Of(m, test.batch)
		if err != nil {
			t.Fatal(err)
		}
		if c.Batch != test.want || c.FLOPs != 5*test.want || c.Memory.Inputs != 20*test.want || c.Memory.Activations != 20*test.want {
			t.Errorf("%s, asked for %d: batch %d, %d FLOPs, %+v", test.dim, test.batch, c.Batch, c.FLOPs, c.Memory)
		}
		if graphs.Text(m) != before {
			t.Error("the model was changed")
		}
	}
	if _, err := cost.Of(build(graphs.Known(4)), 3); err == nil || !strings.Contains(err.Error(), "batches of 4 samples, not 3") {
		t.Errorf("another batch: error %v", err)
	}
}
