package autodiff

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
)

// TestRandomGraphs compares the gradients of random compositions with central
// differences.
func TestRandomGraphs(t *testing.T) {
	nodes := 0
	for seed := range uint64(300) {
		c := graphtest.RandomChoices(seed, 150)
		nodes += checkRandomGraph(t, &c)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if nodes < 3000 {
		t.Errorf("300 graphs have %d nodes in all", nodes)
	}
}

func FuzzGradients(f *testing.F) {
	for seed := range uint64(5) {
		f.Add([]byte(graphtest.RandomChoices(seed, 150)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := graphtest.Choices(data)
		checkRandomGraph(t, &c)
	})
}

// checkRandomGraph returns the number of forward nodes.
func checkRandomGraph(t *testing.T, c *graphtest.Choices) int {
	s := graphtest.Random(c, true)
	b, err := graphs.NewBuilder(s.Model)
	if err != nil {
		t.Fatal(err)
	}
	// Weights keep the gradient of a sum from vanishing, as that of Softmax.
	y := b.Cast(s.Model.Graph.Outputs[0].Name, graphs.Float32)
	flat := b.ReshapeTo(y, -1)
	p := &problem{Builder: b, feeds: s.Feeds, loss: b.ReduceSum(b.Mul(flat, b.Op("Sin", []string{flat})), false, 0)}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	for _, name := range s.Floats {
		if p.feeds[name] == nil { // feed initializers as well
			p.feeds[name] = eval.FromTensor(s.Model.Graph.Initializer(name))
			s.Model.Graph.Inputs = append(s.Model.Graph.Inputs, &graphs.Value{Name: name, Type: b.Info(name).Type})
		}
	}
	p.wrt = s.Floats
	forward := len(s.Model.Graph.Nodes)
	want := numeric(t, s.Model, p.feeds, p.loss, p.wrt)
	grads, err := p.differentiate()
	if err != nil {
		t.Fatalf("%v\n%s", err, graphs.Text(s.Model))
	}
	for _, name := range p.wrt {
		if grads[name] != "" {
			continue
		}
		if i := slices.IndexFunc(want[name], func(v float64) bool { return math.Abs(v) > 1e-6 }); i >= 0 {
			t.Errorf("no gradient by %s, numerically %v\n%s", name, want[name], graphs.Text(s.Model))
		}
		delete(want, name)
	}
	verify(t, s.Model, p.feeds, want)
	return forward
}
