package training_test

import (
	"math"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// repeats holds models whose Loop or Scan doubles x: the one by two turns that
// add half of what there was to begin with, the other row by row.
var repeats = map[string]func(b *graphs.Builder, x string) string{
	"Loop": func(b *graphs.Builder, x string) string {
		half := b.Scale(x, 0.5)
		b.Append(&graphs.Node{Name: "twice", Op: "Loop", Inputs: []string{b.Scalar(graphs.Int64, 2), "", x}, Outputs: []string{"doubled"},
			Attributes: []graphs.Attribute{graphs.Subgraph("body", &graphs.Graph{
				Name:   "body",
				Inputs: []*graphs.Value{{Name: "turn"}, {Name: "on"}, {Name: "before"}},
				Nodes: []*graphs.Node{
					{Op: "Identity", Inputs: []string{"on"}, Outputs: []string{"still on"}},
					{Op: "Add", Inputs: []string{"before", half}, Outputs: []string{"after"}},
				},
				Outputs: []*graphs.Value{{Name: "still on"}, {Name: "after"}},
			})}})
		return "doubled"
	},
	"Scan": func(b *graphs.Builder, x string) string {
		b.Append(&graphs.Node{Name: "rows", Op: "Scan", Inputs: []string{x}, Outputs: []string{"doubled"},
			Attributes: []graphs.Attribute{graphs.Int("num_scan_inputs", 1), graphs.Subgraph("body", &graphs.Graph{
				Name:    "body",
				Inputs:  []*graphs.Value{{Name: "row"}},
				Nodes:   []*graphs.Node{{Op: "Add", Inputs: []string{"row", "row"}, Outputs: []string{"twice the row"}}},
				Outputs: []*graphs.Value{{Name: "twice the row"}},
			})}})
		return "doubled"
	},
}

// doubling is a linear model of doubled inputs, or one whose outputs are doubled.
func doubling(t *testing.T, repeat func(b *graphs.Builder, x string) string, outputs bool) *graphs.Model {
	t.Helper()
	b := newBuilder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
	weight := b.Initializer(graphs.NewFloats("weight", []int64{2, 3}, []float32{0.1, -0.2, 0.3, 0.4, -0.5, 0.6}))
	if outputs {
		b.Output(b.Named("logits", "Identity", []string{repeat(b, b.MatMul(x, weight))}))
	} else {
		b.Output(b.Named("logits", "MatMul", []string{repeat(b, x), weight}))
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Model()
}

// TestControlFlow takes gradients of models with loops: one before all
// parameters does no harm, one behind them is refused by name.
func TestControlFlow(t *testing.T) {
	objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	for op, repeat := range repeats {
		net, err := training.NewNet(doubling(t, repeat, false), training.Options{})
		if err != nil {
			t.Errorf("%s before the weight: %v", op, err)
			continue
		}
		m, err := net.Gradient(objective)
		if err != nil {
			t.Errorf("%s before the weight: %v", op, err)
			continue
		}
		if op == "Loop" { // graphs/eval has no Scan
			in := map[string]*eval.Value{"x": eval.Floats([]int{1, 2}, 1, -2), "label": eval.Ints([]int{1}, 2)}
			out, err := eval.Run(m, in, "loss")
			if err != nil {
				t.Fatal(err)
			}
			z := []float64{2 * (0.1 - 0.8), 2 * (-0.2 + 1), 2 * (0.3 - 1.2)}
			want := math.Log(math.Exp(z[0])+math.Exp(z[1])+math.Exp(z[2])) - z[2]
			if got := out["loss"].F[0]; math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: loss %v, want %v", op, got, want)
			}
		}
		net, err = training.NewNet(doubling(t, repeat, true), training.Options{})
		if err == nil {
			_, err = net.Gradient(objective)
		}
		if want := "operator " + op + " has no derivative in memdil: gradients of control flow"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s behind the weight: error %v, want %q", op, err, want)
		}
	}
}
