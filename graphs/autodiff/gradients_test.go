package autodiff

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// floats is the type of a float32 tensor of the given static shape.
func floats(dims ...int64) graphs.Type {
	return graphs.Type{Elem: graphs.Float32, Shape: graphs.StaticShape(dims...)}
}

func newBuilder(t testing.TB) *graphs.Builder {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("test", 20))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func total(b *graphs.Builder, x string) string { return b.ReduceSum(x, false) }

func TestErrors(t *testing.T) {
	tests := []struct {
		name  string
		build func(b *graphs.Builder, x string) (loss string)
		want  string
	}{
		{"unknown operator", func(b *graphs.Builder, x string) string {
			y := b.Named("y", "NoSuchOperator", []string{x})
			return total(b, b.Mul(x, y))
		}, `gradient of NoSuchOperator node "y": operator NoSuchOperator has no derivative in memdil: freeze the parameters before it or replace it`},
		{"unknown domain", func(b *graphs.Builder, x string) string {
			b.Append(&graphs.Node{Op: "Relu", Domain: "com.example", Inputs: []string{x}, Outputs: []string{"y"}})
			return total(b, b.Mul(x, "y"))
		}, `gradient of Relu node "y": operator com.example.Relu has no derivative`},
		{"running mean", func(b *graphs.Builder, x string) string {
			v := b.Const(graphs.NewFloats("", []int64{3}, []float32{1, 1, 1}))
			mean := b.ReduceSum(x, false, 0)
			return total(b, b.Named("y", "BatchNormalization", []string{x, v, v, mean, v}))
		}, `gradient of BatchNormalization node "y": no derivative by input 3 ("reducesum"): running statistics are buffers, not parameters`},
		{"not a scalar", func(b *graphs.Builder, x string) string { return b.Named("y", "Exp", []string{x}) },
			`autodiff: "y" has type float[2, 3], not that of a floating-point scalar`},
		{"not floating", func(b *graphs.Builder, x string) string {
			return b.Named("y", "Size", []string{x})
		}, `autodiff: "y" has type int64[], not that`},
		{"no such loss", func(*graphs.Builder, string) string { return "nothing" }, `autodiff: "nothing" has type`},
		{"second output", func(b *graphs.Builder, x string) string {
			scale := b.Const(graphs.NewFloats("", []int64{3}, []float32{1, 1, 1}))
			return total(b, b.Node("LayerNormalization", []string{x, scale}, 2)[1])
		}, `no derivative of output 1 ("layernormalization_2"): only that of the first output is known`},
		{"axes at run time", func(b *graphs.Builder, x string) string {
			axes := b.Input("axes", graphs.Type{Elem: graphs.Int64, Shape: graphs.StaticShape(1)})
			return total(b, b.Op("ReduceMax", []string{x, axes}))
		}, `its axes "axes" are not constant`},
		{"dropout at run time", func(b *graphs.Builder, x string) string {
			mode := b.Input("mode", graphs.Type{Elem: graphs.Bool, Shape: graphs.Shape{}})
			return total(b, b.Op("Dropout", []string{x, "", mode}))
		}, `its training_mode "mode" is not constant`},
		{"rank", func(b *graphs.Builder, x string) string {
			shape := b.Input("shape", graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{graphs.UnknownDim}})
			return total(b, b.ReshapeTo(b.Op("Transpose", []string{b.Reshape(x, shape)}), -1))
		}, `gradient of Transpose node "transpose": the rank of "reshape" is not known: infer shapes or name its dimensions`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBuilder(t)
			loss := test.build(b, b.Input("x", floats(2, 3)))
			if err := b.Err(); err != nil {
				t.Fatal(err)
			}
			_, err := Gradients(b, loss, []string{"x"})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestHarmless has what cannot be differentiated where no gradient flows.
func TestHarmless(t *testing.T) {
	b := newBuilder(t)
	x, data := b.Input("x", floats(2, 3)), b.Input("data", floats(2, 3))
	before := b.Op("NoSuchOperator", []string{data})  // does not depend on x
	beside := b.Op("NoSuchOperator", []string{x})     // does not reach the loss
	behind := b.Op("Round", []string{b.Scale(x, 10)}) // no gradient
	loss := total(b, b.ReshapeTo(b.Mul(x, b.Add(before, behind)), -1))
	after := b.Op("NoSuchOperator", []string{loss})
	grads, err := Gradients(b, loss, []string{"x", before, beside, behind, after, loss})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"x": true, before: true, beside: false, behind: true, after: false, loss: true} {
		if _, ok := grads[name]; ok != want {
			t.Errorf("a gradient by %s: %t, want %t", name, ok, want)
		}
	}
}

// TestIntegersStopGradients passes a value through integers, in which a
// gradient would be truncated, and through truth values.
func TestIntegersStopGradients(t *testing.T) {
	b := newBuilder(t)
	x, y := b.Input("x", floats(3)), b.Input("y", floats(3))
	steps := b.Cast(b.Cast(x, graphs.Int64), graphs.Float32)
	dropout := b.Node("Dropout", []string{y, b.Scalar(graphs.Float32, 0.5), b.Scalar(graphs.Bool, 1)}, 2)
	loss := total(b, b.Add(steps, b.Cast(dropout[1], graphs.Float32)))
	grads, err := Gradients(b, loss, []string{x, y})
	if err != nil || len(grads) > 0 {
		t.Errorf("gradients %v, error %v, want none", grads, err)
	}
}

// TestAccumulation compares graphs in which values are used again with what
// the product rule says of them, numerically.
func TestAccumulation(t *testing.T) {
	tests := map[string]func(b *graphs.Builder, x, y string) string{
		"diamond": func(b *graphs.Builder, x, y string) string { return b.Mul(b.Exp(x), b.Neg(x)) },
		"square":  func(b *graphs.Builder, x, y string) string { return b.Mul(x, x) },
		"long and short": func(b *graphs.Builder, x, y string) string {
			return b.Add(x, b.Mul(b.Exp(b.Neg(x)), b.Sub(x, y)))
		},
		"broadcast and not": func(b *graphs.Builder, x, y string) string { return b.Add(b.Mul(x, y), b.Exp(y)) },
		"through an intermediate": func(b *graphs.Builder, x, y string) string {
			z := b.Named("z", "Mul", []string{x, y})
			return b.Add(b.Mul(z, b.Exp(z)), b.Mul(z, x))
		},
		"whole and parts": func(b *graphs.Builder, x, y string) string {
			return b.Mul(b.MatMul(x, b.SwapLast(x)), b.ReduceSum(x, true))
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(t)
			p := &problem{Builder: b, feeds: map[string]*eval.Value{}}
			p.wrt = []string{p.add("x0", of(2, 3), forms[0]), p.add("x1", of(3), forms[0])}
			p.loss = total(b, build(b, "x0", "x1"))
			if err := b.Err(); err != nil {
				t.Fatal(err)
			}
			want := numeric(t, b.Model(), p.feeds, p.loss, p.wrt)
			grads, err := p.differentiate()
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range p.wrt {
				if zero := !slices.ContainsFunc(want[name], func(v float64) bool { return v != 0 }); zero != (grads[name] == "") {
					t.Errorf("%s has the gradient %q, numerically %v", name, grads[name], want[name])
				}
				if grads[name] == "" {
					delete(want, name)
				}
			}
			verify(t, b.Model(), p.feeds, want)
		})
	}
}

// TestGradientOfTheLossItself is the start of every walk.
func TestGradientOfTheLossItself(t *testing.T) {
	b := newBuilder(t)
	x := b.Input("x", floats())
	grads, err := Gradients(b, x, []string{x, x})
	if err != nil {
		t.Fatal(err)
	}
	out, err := eval.Run(b.Model(), map[string]*eval.Value{"x": eval.Floats(nil, 3)}, grads[x])
	if err != nil || out[grads[x]].F[0] != 1 {
		t.Errorf("dx/dx is %v, error %v", out[grads[x]], err)
	}
}

// TestForwardNodesStay compares the forward nodes before and after.
func TestForwardNodesStay(t *testing.T) {
	b := newBuilder(t)
	x := b.Input("x", floats(2, 3))
	loss := total(b, b.Op("LogSoftmax", []string{b.Exp(x)}))
	before := b.Model().Clone()
	if _, err := Gradients(b, loss, []string{x}); err != nil {
		t.Fatal(err)
	}
	after := b.Model().Clone()
	after.Graph.Nodes = after.Graph.Nodes[:len(before.Graph.Nodes)]
	after.Graph.Initializers = after.Graph.Initializers[:len(before.Graph.Initializers)]
	if a, b := graphs.Text(before), graphs.Text(after); a != b {
		t.Errorf("before:\n%s\nafter:\n%s", a, b)
	}
}

// TestWrongRulesAreCaught puts rules in the table that break its contract.
func TestWrongRulesAreCaught(t *testing.T) {
	tests := []struct {
		name string
		grad func(c *call) []string
		want string
	}{
		{"too many", func(c *call) []string { return []string{c.dy[0], c.dy[0]} }, "rule gave 2 gradients for 1 inputs"},
		{"too few", func(*call) []string { return nil }, `rule gave no gradient for input 0 ("x")`},
		{"empty", func(*call) []string { return []string{""} }, `rule gave no gradient for input 0 ("x")`},
		{"shape", func(c *call) []string { return []string{c.ReduceSum(c.dy[0], false, 1)} },
			`input 0 ("x"): gradient of shape [2] for a value of shape [2, 3]`},
		{"size", func(c *call) []string {
			return []string{c.Op("Concat", []string{c.dy[0], c.dy[0]}, graphs.Int("axis", 1))}
		},
			`input 0 ("x"): gradient of shape [2, 6] for a value of shape [2, 3]`},
		{"type", func(c *call) []string { return []string{c.Cast(c.dy[0], graphs.Float64)} },
			`input 0 ("x"): gradient of type double for a value of type float`},
		{"failure", func(c *call) []string { c.Failf("no luck"); return []string{c.dy[0]} }, "no luck"},
	}
	defer func(r rule) { rules["Neg"] = r }(rules["Neg"])
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules["Neg"] = rule{inputs: "d", grad: test.grad}
			b := newBuilder(t)
			x := b.Input("x", floats(2, 3))
			loss := total(b, b.Named("y", "Neg", []string{x}))
			_, err := Gradients(b, loss, []string{x})
			if want := `gradient of Neg node "y": ` + test.want; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got error %v, want one with %q", err, want)
			}
		})
	}
}

func TestReached(t *testing.T) {
	b := newBuilder(t)
	for _, name := range []string{"near", "far", "stepped", "beside", "index"} {
		b.Input(name, floats(3))
	}
	unknown := b.Op("NoSuchOperator", []string{"far"})
	stepped := b.Op("Sign", []string{"stepped"})
	beside := b.Exp("beside")
	index := b.Op("ArgMax", []string{"index"})
	loss := total(b, b.Gather(b.Mul("near", b.Add(unknown, stepped)), index, 0))
	got := Reached(b.Model().Graph, loss, []string{"near", "far", "stepped", "beside", "index", "none"})
	for name, want := range map[string]bool{"near": true, "far": true, "stepped": false, "beside": false, "index": false, "none": false} {
		if got[name] != want {
			t.Errorf("%s is reached: %t, want %t", name, got[name], want)
		}
	}
	if got := Reached(b.Model().Graph, beside, []string{"beside"}); !got["beside"] {
		t.Error("beside does not reach its own exponential")
	}
}

// TestActiveDropout replaces a Dropout that draws its mask by one whose mask
// is given, as the two are the same function once it is drawn.
func TestActiveDropout(t *testing.T) {
	for name, in := range map[string][]string{
		"default ratio": {"x", "", "on"},
		"ratio":         {"x", "ratio", "on"},
	} {
		for _, f := range forms {
			t.Run(name+"/"+f.name, func(t *testing.T) {
				b := newBuilder(t)
				p := &problem{Builder: b, feeds: map[string]*eval.Value{}, wrt: []string{"x"}}
				p.add("x", of(3, 4), f)
				p.add("mask", truths(3, 4), f)
				p.add("ratio", number(0.25), f)
				p.add("on", truth(1), f)
				b.Append(&graphs.Node{Op: "Dropout", Inputs: in, Outputs: []string{"y"}})
				p.loss = b.ReduceSum(b.ReshapeTo(b.Mul("y", b.Exp("y")), -1), false, 0)
				b.Output(p.loss)
				if _, err := p.differentiate(); err != nil {
					t.Fatal(err)
				}
				m := giveMask(t, b.Model(), map[string]float64{"": 0.5, "ratio": 0.25}[in[1]])
				verify(t, m, p.feeds, numeric(t, m, p.feeds, p.loss, p.wrt))
			})
		}
	}
}

// giveMask returns m with x·mask/(1 − ratio) in place of its first node.
func giveMask(t *testing.T, m *graphs.Model, ratio float64) *graphs.Model {
	t.Helper()
	n := m.Graph.Nodes[0]
	if n.Output(1) == "" {
		t.Fatal("the mask was not asked for")
	}
	elem := m.Graph.Input("x").Type.Elem
	nodes := []*graphs.Node{
		{Op: "Identity", Inputs: []string{"mask"}, Outputs: []string{n.Outputs[1]}},
		{Op: "Cast", Inputs: []string{"mask"}, Outputs: []string{"factor"}, Attributes: attrs(graphs.Int("to", int64(elem)))},
		{Op: "Mul", Inputs: []string{"x", "factor"}, Outputs: []string{"kept"}},
		{Op: "Div", Inputs: []string{"kept", "share"}, Outputs: []string{"y"}},
	}
	out := m.Clone()
	out.Graph.Nodes = append(nodes, out.Graph.Nodes[1:]...)
	out.Graph.Initializers = append(out.Graph.Initializers, graphs.NewTensor("share", elem, nil, []float64{1 - ratio}))
	return out
}

// TestHalfPrecision differentiates graphs in types that constants must have.
func TestHalfPrecision(t *testing.T) {
	for _, elem := range []graphs.DType{graphs.Float16, graphs.BFloat16} {
		b := newBuilder(t)
		x := b.Input("x", graphs.Type{Elem: elem, Shape: graphs.StaticShape(3)})
		loss := total(b, b.Op("Sigmoid", []string{x}))
		grads, err := Gradients(b, loss, []string{x})
		if err != nil {
			t.Fatal(err)
		}
		out, err := eval.Run(b.Model(), map[string]*eval.Value{"x": {Type: elem, Shape: []int{3}, F: []float64{0, 0, 0}}}, grads[x])
		if err != nil || !(math.Abs(out[grads[x]].F[0]-0.25) <= 1e-12) || out[grads[x]].Type != elem {
			t.Errorf("%s: %v, error %v", elem, out[grads[x]], err)
		}
	}
}
