package autodiff

import (
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
)

// TestRefusals has gradients that would pass through what has no rule.
func TestRefusals(t *testing.T) {
	branch := func(name string) *graphs.Graph {
		return &graphs.Graph{Name: name, Nodes: []*graphs.Node{{Op: "Exp", Inputs: []string{"x"}, Outputs: []string{name}}},
			Outputs: []*graphs.Value{{Name: name, Type: floats(2, 3)}}}
	}
	tests := []struct {
		name  string
		build func(b *graphs.Builder) (y string)
		want  string
	}{
		{"If", func(b *graphs.Builder) string {
			return b.Named("y", "If", []string{b.Scalar(graphs.Bool, 1)},
				graphs.Subgraph("then_branch", branch("yes")), graphs.Subgraph("else_branch", branch("no")))
		}, `gradient of If node "y": operator If has no derivative in memdil: gradients of control flow are not taken`},
		{"Loop", func(b *graphs.Builder) string {
			body := branch("state")
			body.Inputs = []*graphs.Value{{Name: "i"}, {Name: "go"}, {Name: "before"}}
			return b.Named("y", "Loop", []string{b.Scalar(graphs.Int64, 2), "", "x"}, graphs.Subgraph("body", body))
		}, `gradient of Loop node "y": operator Loop has no derivative in memdil: gradients of control flow`},
		{"Scan", func(b *graphs.Builder) string {
			return b.Named("y", "Scan", []string{"x"}, graphs.Int("num_scan_inputs", 1), graphs.Subgraph("body", branch("row")))
		}, `gradient of Scan node "y": operator Scan has no derivative in memdil: gradients of control flow`},
		{"quantisation", func(b *graphs.Builder) string {
			scale, zero := b.Scalar(graphs.Float32, 0.1), b.Scalar(graphs.Int8, 0)
			q := b.Named("q", "QuantizeLinear", []string{"x", scale, zero})
			return b.Named("y", "DequantizeLinear", []string{q, scale, zero})
		}, `gradient of QuantizeLinear node "q": operator QuantizeLinear has no derivative in memdil (nor have the operators of 1 more nodes): quantised values have no gradient`},
		{"LSTM", func(b *graphs.Builder) string { return b.Named("y", "LSTM", []string{"x", "x", "x"}) },
			`operator LSTM has no derivative in memdil: recurrent layers are not differentiated`},
		{"crop and resize", func(b *graphs.Builder) string {
			return b.Named("y", "Resize", []string{"x", "", b.Const(graphs.NewFloats("", []int64{2}, []float32{1, 2}))},
				graphs.Str("coordinate_transformation_mode", "tf_crop_and_resize"))
		}, `gradient of Resize node "y": coordinate_transformation_mode tf_crop_and_resize has no derivative`},
		{"aspect ratio", func(b *graphs.Builder) string {
			return b.Named("y", "Resize", []string{"x", "", "", b.Ints(2, 6)}, graphs.Str("keep_aspect_ratio_policy", "not_larger"))
		}, `gradient of Resize node "y": keep_aspect_ratio_policy not_larger has no derivative`},
		{"scatter the largest", func(b *graphs.Builder) string {
			i := b.Const(graphs.NewInts("", []int64{1, 1}, []int64{0}))
			u := b.Const(graphs.NewFloats("", []int64{1, 1}, []float32{1}))
			return b.Named("y", "ScatterElements", []string{"x", i, u}, graphs.Str("reduction", "max"))
		}, `gradient of ScatterElements node "y": reduction "max" has no derivative`},
		{"divisor", func(b *graphs.Builder) string { return b.Named("y", "Mod", []string{"x", "x"}, graphs.Int("fmod", 1)) },
			`gradient of Mod node "y": no derivative by input 1 ("x"): divisors are constants`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBuilder(t)
			b.Input("x", floats(2, 3))
			y := test.build(b)
			loss := total(b, b.Op("CastLike", []string{y, "x"}))
			b.Append(&graphs.Node{Op: "Reshape", Inputs: []string{loss, b.Ints()}, Outputs: []string{"loss"}})
			if err := b.Err(); err != nil {
				t.Fatal(err)
			}
			_, err := Gradients(b, "loss", []string{"x"})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
			if !Reached(b.Model().Graph, "loss", []string{"x"})["x"] {
				t.Error("x does not count as reached")
			}
		})
	}
}

// TestHarmlessQuantisation has a parameter beside a quantised input.
func TestHarmlessQuantisation(t *testing.T) {
	b := newBuilder(t)
	x, w := b.Input("x", floats(2, 3)), b.Input("w", floats(3))
	scale, zero := b.Scalar(graphs.Float32, 0.1), b.Scalar(graphs.Int8, 0)
	q := b.Op("DequantizeLinear", []string{b.Op("QuantizeLinear", []string{x, scale, zero}), scale, zero})
	loss := total(b, b.Op("CastLike", []string{b.Mul(q, w), w}))
	b.Append(&graphs.Node{Op: "Reshape", Inputs: []string{loss, b.Ints()}, Outputs: []string{"loss"}})
	if grads, err := Gradients(b, "loss", []string{w}); err != nil || grads[w] == "" {
		t.Errorf("gradients %v, error %v", grads, err)
	}
}
