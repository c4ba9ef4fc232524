package passes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
)

// TestRewrites pins what single passes leave of small graphs: the operators,
// in order.
func TestRewrites(t *testing.T) {
	share := func(m *graphs.Model) (*graphs.Model, error) { return passes.Share(m, nil) }
	pruned := func(name string) passtest.Pass {
		return func(m *graphs.Model) (*graphs.Model, error) {
			out, err := all[name](m)
			if err != nil {
				return nil, err
			}
			return passes.Prune(out), nil
		}
	}
	keepW := func(m *graphs.Model) (*graphs.Model, error) { return passes.Fold(m, map[string]bool{"w": true}) }
	tests := []struct {
		name  string
		pass  passtest.Pass
		build func(b *graphs.Builder) (outputs []string)
		want  string
	}{
		{"dead nodes", all["Prune"], func(b *graphs.Builder) []string {
			b.Exp(b.Neg("x"))
			return []string{b.Neg("x")}
		}, "Neg"},
		{"an output left out", all["Prune"], func(b *graphs.Builder) []string {
			return b.Node("LayerNormalization", []string{"x", "w"}, 3)[:1]
		}, "LayerNormalization/1"},
		{"a Split needs its outputs", all["Prune"], func(b *graphs.Builder) []string {
			return b.Node("Split", []string{"x"}, 2, graphs.Int("num_outputs", 2))[:1]
		}, "Split/2"},
		{"constants", all["Fold"], func(b *graphs.Builder) []string {
			return []string{b.Add("x", b.Exp(b.Neg("w")))}
		}, "Add"},
		{"kept constants", keepW, func(b *graphs.Builder) []string {
			return []string{b.Add("x", b.Exp(b.Neg("w")))}
		}, "Neg Exp Add"},
		{"shapes", all["Fold"], func(b *graphs.Builder) []string {
			return []string{b.Reshape("x", b.Op("Shape", []string{b.Neg("x")}))}
		}, "Neg Reshape"},
		{"an output that is constant", all["Fold"], func(b *graphs.Builder) []string {
			return []string{b.Neg("w")}
		}, "Identity"},
		{"random nodes stay", all["Fold"], func(b *graphs.Builder) []string {
			return []string{b.Op("Dropout", []string{"w"})}
		}, "Dropout"},
		{"what passes its input on", all["Simplify"], func(b *graphs.Builder) []string {
			x := b.Op("Identity", []string{"x"})
			x = b.Op("Cast", []string{x}, graphs.Int("to", int64(graphs.Float32)))
			x = b.Sub(b.Scale(x, 1), b.Like(x, 0))
			x = b.Op("Concat", []string{b.Neg(b.Neg(x))}, graphs.Int("axis", 0))
			return []string{b.Exp(b.Expand(b.Add(b.Like(x, 0), x), b.Ints(2, 3)))}
		}, "Neg Exp"}, // the first Neg is dead
		{"what only looks so", all["Simplify"], func(b *graphs.Builder) []string {
			one := b.Const(graphs.NewFloats("", []int64{1, 1, 1}, []float32{1}))
			x := b.Mul("x", one) // raises the rank
			x = b.Sub(b.Like(x, 0), x)
			x = b.Div(b.Like(x, 1), x)
			return []string{b.Expand(x, b.Ints(2, 1, 1, 1))}
		}, "Mul Sub Div Expand"},
		{"equal nodes", share, func(b *graphs.Builder) []string {
			return []string{b.Add(b.Exp(b.Neg("x")), b.Exp(b.Neg("x")))}
		}, "Neg Exp Add"},
		{"exchanged operands", share, func(b *graphs.Builder) []string {
			return []string{b.Sub(b.Mul("x", "w"), b.Mul("w", "x")), b.Sub(b.Sub("x", "w"), b.Sub("w", "x"))}
		}, "Mul Sub Sub Sub Sub"},
		{"equal sizes", share, func(b *graphs.Builder) []string {
			first := b.Gather(b.Op("Shape", []string{"n"}), b.Ints(0), 0)
			second := b.Op("Shape", []string{b.Exp("n")}, graphs.Int("end", 1))
			return []string{b.Expand("w", b.Op("Concat", []string{first, second, b.Ints(3)}, graphs.Int("axis", 0)))}
		}, "Shape Gather Exp Concat Expand"},
		{"unequal attributes", share, func(b *graphs.Builder) []string {
			return []string{b.Add(b.Softmax("x", 0), b.Softmax("x", 1))}
		}, "Softmax Softmax Add"},
		{"equal outputs", share, func(b *graphs.Builder) []string {
			return []string{b.Exp("x"), b.Exp("x"), b.Exp("x")}
		}, "Exp Identity Identity"},
		{"random nodes are not shared", share, func(b *graphs.Builder) []string {
			return []string{b.Add(b.Op("Dropout", []string{"x"}), b.Op("Dropout", []string{"x"}))}
		}, "Dropout Dropout Add"},
		{"an input as output", all["Simplify"], func(b *graphs.Builder) []string {
			return []string{b.Op("Identity", []string{"x"})}
		}, "Identity"},
		{"changes of shape", pruned("Views"), func(b *graphs.Builder) []string {
			x := b.ReshapeTo(b.Unsqueeze(b.Op("Flatten", []string{"n"}), 0), -1)
			same := b.Squeeze(b.Unsqueeze("n", 1), 1)
			return []string{b.Neg(b.ReshapeTo(x, 3, -1)), b.Exp(same)}
		}, "Reshape Neg Exp"},
		{"a computed shape", pruned("Views"), func(b *graphs.Builder) []string {
			return []string{b.Reshape(b.Exp("n"), b.Op("Shape", []string{b.Unsqueeze("n", 2)}))}
		}, "Exp Reshape"},
		{"transpositions", pruned("Views"), func(b *graphs.Builder) []string {
			y := b.Unsqueeze("x", 0)
			there := b.Transpose(b.Transpose(y, 1, 2, 0), 2, 0, 1)
			other := b.Transpose(b.Transpose(y, 1, 2, 0), 1, 2, 0)
			return []string{b.Exp(there), b.Neg(b.Transpose(other, 0, 1, 2))}
		}, "Unsqueeze Transpose Exp Neg"},
		{"transposed products", pruned("Views"), func(b *graphs.Builder) []string {
			y := b.Gemm(b.Transpose("x", 1, 0), "x", false, false)
			return []string{b.Transpose(y, 1, 0), b.MatMul("x", b.Transpose("x", 1, 0))}
		}, "Gemm Gemm"},
		{"transposed batches of products", pruned("Views"), func(b *graphs.Builder) []string {
			x := b.Unsqueeze("x", 0)
			y := b.MatMul(b.SwapLast(x), x)
			return []string{b.SwapLast(y), b.SwapLast(b.MatMul(x, b.SwapLast(x))), b.SwapLast(b.MatMul(b.Neg(x), b.Const(graphs.NewFloats("", []int64{1, 3, 2}, make([]float32, 6)))))}
		}, "Unsqueeze Transpose MatMul Transpose MatMul Neg MatMul Transpose"},
		{"expansions", pruned("Expansions"), func(b *graphs.Builder) []string {
			one := b.Unsqueeze(b.Neg(b.Expand(b.ReduceSum("w", true), b.Ints(2))), 1)
			return []string{b.Mul(b.Expand("w", b.Ints(2, 3)), b.Add("x", one)), b.Add(b.Expand("w", b.Ints(2, 3)), "w")}
		}, "ReduceSum Neg Add Mul Expand Add"}, // the last Expand makes the shape
		{"padded parts", pruned("Pads"), func(b *graphs.Builder) []string {
			pad := func(x string, before, after int64) string {
				return b.Op("Pad", []string{x, b.Ints(0, before, 0, after)})
			}
			sum := b.Add(b.Add(pad("x", 3, 1), pad(b.ReshapeTo("x", 2, 3), 0, 4)), pad(b.ReduceSum("x", true, 1), 6, 0))
			return []string{sum, b.Add(pad("x", 0, 1), pad("x", 1, 0))} // the latter overlap
		}, "Reshape ReduceSum Concat Pad Pad Add"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := small(t, test.build)
			out, err := test.pass(m)
			if err != nil {
				t.Fatal(err)
			}
			if got := passtest.Operators(out); got != test.want {
				t.Errorf("left %s, want %s\n%s", got, test.want, graphs.Text(out))
			}
			if err := graphs.Check(out); err != nil {
				t.Error(err)
			}
			compareRuns(t, m, out)
		})
	}
}

// small returns a model of inputs x (2×3) and n (N×3) and initializer w (3)
// with the outputs that build gives.
func small(t *testing.T, build func(b *graphs.Builder) []string) *graphs.Model {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("small", 20))
	if err != nil {
		t.Fatal(err)
	}
	b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(2, 3)})
	b.Input("n", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(3)}})
	b.Initializer(graphs.NewFloats("w", []int64{3}, []float32{0.5, 1, 2}))
	for _, o := range build(b) {
		b.Output(o)
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Model()
}

func compareRuns(t *testing.T, before, after *graphs.Model) {
	t.Helper()
	feeds := map[string]*eval.Value{"x": eval.Floats([]int{2, 3}, 0.5, -1, 2, 1.5, -0.25, 3), "n": eval.Floats([]int{1, 3}, 1, -2, 3)}
	want, err := eval.Run(before, feeds)
	if err != nil {
		t.Fatal(err)
	}
	got, err := eval.Run(after, feeds)
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		if !passtest.Alike(got[name], w) {
			t.Errorf("%q is %v, want %v", name, got[name].F, w.F)
		}
	}
}

// TestRenameReachesSubgraphs renames a value that branches of branches read.
func TestRenameReachesSubgraphs(t *testing.T) {
	branch := func(name string, n *graphs.Node) *graphs.Graph {
		return &graphs.Graph{Name: name, Nodes: []*graphs.Node{n}, Outputs: []*graphs.Value{{Name: n.Outputs[0]}}}
	}
	choice := func(output string, a, b *graphs.Graph) *graphs.Node {
		return &graphs.Node{Op: "If", Inputs: []string{"yes"}, Outputs: []string{output},
			Attributes: []graphs.Attribute{graphs.Subgraph("then_branch", a), graphs.Subgraph("else_branch", b)}}
	}
	read := func(op, output string) *graphs.Node {
		return &graphs.Node{Op: op, Inputs: []string{"h"}, Outputs: []string{output}}
	}
	m := small(t, func(b *graphs.Builder) []string {
		b.Initializer(graphs.NewTensor("yes", graphs.Bool, nil, []float64{1}))
		b.Named("h", "Exp", []string{"x"})
		inner := choice("inner", branch("c", read("Neg", "c")), branch("d", read("Abs", "d")))
		b.Append(choice("y", branch("a", inner), branch("b", read("Exp", "b"))))
		return []string{"y", "h"}
	})
	out := passes.Rename(m, "h", "renamed")
	if err := graphs.Check(out); err != nil {
		t.Error(err)
	}
	if text := graphs.Text(out); strings.Contains(text, "(h)") {
		t.Errorf("the old name is left:\n%s", text)
	}
	if got := passtest.Names(out.Graph.Outputs); !slices.Equal(got, []string{"y", "renamed"}) {
		t.Errorf("outputs are %v", got)
	}
	if text := graphs.Text(m); strings.Contains(text, "renamed") {
		t.Errorf("the model given is changed:\n%s", text)
	}
	out.Graph.Outputs, m.Graph.Outputs = out.Graph.Outputs[:1], m.Graph.Outputs[:1]
	compareRuns(t, m, out)
}

// TestPruneTrimsInputs drops the empty names at the end of a node's inputs,
// and no others.
func TestPruneTrimsInputs(t *testing.T) {
	m := small(t, func(b *graphs.Builder) []string {
		return []string{b.Op("LayerNormalization", []string{"x", "w", ""}), b.Op("Clip", []string{"x", "", b.Like("x", 1)})}
	})
	out := passes.Prune(m)
	for i, want := range []int{2, 3} {
		if n := out.Graph.Nodes[i]; len(n.Inputs) != want {
			t.Errorf("%s has the inputs %q", n.Label(), n.Inputs)
		}
	}
	compareRuns(t, m, out)
}

// TestPassesReachSubgraphOutputs has a branch that hands an outer value on as
// it is: ONNX Runtime refuses such a graph, and its meaning is kept all the
// same.
func TestPassesReachSubgraphOutputs(t *testing.T) {
	m := small(t, func(b *graphs.Builder) []string {
		b.Initializer(graphs.NewTensor("yes", graphs.Bool, nil, []float64{1}))
		b.Named("h", "Exp", []string{"x"})
		b.Named("same", "Exp", []string{"x"})
		hand := func(name string) *graphs.Graph {
			return &graphs.Graph{Name: "hand on " + name, Outputs: []*graphs.Value{{Name: name}}}
		}
		b.Append(&graphs.Node{Op: "If", Inputs: []string{"yes"}, Outputs: []string{"y"},
			Attributes: []graphs.Attribute{graphs.Subgraph("then_branch", hand("same")), graphs.Subgraph("else_branch", hand("h"))}})
		return []string{"y"}
	})
	compareRuns(t, m, passes.Rename(m, "same", "renamed"))
	tidied, err := tidy(m)
	if err != nil {
		t.Fatal(err)
	}
	compareRuns(t, m, tidied)
	if got := passtest.Operators(tidied); got != "Exp If" {
		t.Errorf("tidied to %s", got)
	}
}
