package eval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

func value(name string, elem graphs.DType, shape ...int64) *graphs.Value {
	return &graphs.Value{Name: name, Type: graphs.Type{Elem: elem, Shape: graphs.StaticShape(shape...)}}
}

// powers is a model that doubles x until it exceeds 100, at most n times, and
// records each value; the factor lies outside the loop.
func powers() *graphs.Model {
	body := &graphs.Graph{
		Name:    "body",
		Inputs:  []*graphs.Value{value("i", graphs.Int64), value("go", graphs.Bool), value("v", graphs.Float32)},
		Outputs: []*graphs.Value{value("more", graphs.Bool), value("next", graphs.Float32), value("v_copy", graphs.Float32, 1)},
		Nodes: []*graphs.Node{
			{Op: "Mul", Inputs: []string{"v", "factor"}, Outputs: []string{"next"}},
			{Op: "Less", Inputs: []string{"next", "limit"}, Outputs: []string{"more"}},
			{Op: "Unsqueeze", Inputs: []string{"v", "axes"}, Outputs: []string{"v_copy"}},
		},
		Initializers: []*graphs.Tensor{graphs.NewInts("axes", []int64{1}, []int64{0})},
	}
	m := graphs.NewModel("powers", 20)
	m.Graph.Inputs = []*graphs.Value{value("n", graphs.Int64), value("x", graphs.Float32)}
	m.Graph.Initializers = []*graphs.Tensor{graphs.NewFloats("limit", nil, []float32{100})}
	m.Graph.Nodes = []*graphs.Node{
		{Op: "Constant", Outputs: []string{"factor"}, Attributes: []graphs.Attribute{graphs.Float("value_float", 2)}},
		{Op: "Loop", Inputs: []string{"n", "", "x"}, Outputs: []string{"last", "all"}, Attributes: []graphs.Attribute{graphs.Subgraph("body", body)}},
	}
	m.Graph.Outputs = []*graphs.Value{value("last", graphs.Float32), {Name: "all"}}
	return m
}

func TestLoop(t *testing.T) {
	for _, test := range []struct {
		n, x float64
		want string
	}{
		{3, 1, "float[] [8] float[3, 1] [1 2 4]"},
		{9, 30, "float[] [120] float[2, 1] [30 60]"},
		{0, 5, "float[] [5] float[0, 1] []"},
		{-1, 5, "float[] [5] float[0, 1] []"},
	} {
		out, err := eval.Run(powers(), map[string]*eval.Value{"n": eval.Ints(nil, int64(test.n)), "x": eval.Floats(nil, test.x)})
		if err != nil {
			t.Error(err)
			continue
		}
		if got := fmt.Sprint(out["last"], out["last"].F, " ", out["all"], out["all"].F); got != test.want {
			t.Errorf("n = %v, x = %v: got %s, want %s", test.n, test.x, got, test.want)
		}
	}
}

func TestLoopErrors(t *testing.T) {
	body := func(m *graphs.Model) *graphs.Graph { return m.Graph.Nodes[1].Attr("body").Graph }
	tests := []struct {
		name  string
		spoil func(m *graphs.Model)
		want  string
	}{
		{"no body", func(m *graphs.Model) { m.Graph.Nodes[1].Attributes = nil }, `Loop node "last" on int64[], nothing, float[]: it has no body`},
		{"too few outputs", func(m *graphs.Model) { body(m).Outputs = nil }, "its body has 0 outputs"},
		{"too few inputs", func(m *graphs.Model) { body(m).Inputs = nil }, `subgraph "body" takes 0 inputs, not 3`},
		{"no bool", func(m *graphs.Model) { body(m).Outputs[0].Name = "next" }, "the condition is float[], not one bool"},
		{"inner failure", func(m *graphs.Model) { body(m).Nodes[0].Op = "Gemm" }, `iteration 0: subgraph "body": Gemm node "next"`},
		{"unknown name", func(m *graphs.Model) { body(m).Nodes[0].Inputs[0] = "z" }, `its input "z" is not given`},
		{"unknown output", func(m *graphs.Model) { body(m).Outputs[2].Name = "z" }, `no value "z"`},
		{"growing scan", func(m *graphs.Model) {
			body(m).Nodes[2] = &graphs.Node{Op: "Range", Inputs: []string{"zero", "i", "one"}, Outputs: []string{"v_copy"}}
			body(m).Initializers = []*graphs.Tensor{graphs.NewInts("zero", nil, []int64{0}), graphs.NewInts("one", nil, []int64{1})}
		}, "scan output 0: int64[0] and int64[1] in different iterations"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := powers()
			test.spoil(m)
			_, err := eval.Run(m, map[string]*eval.Value{"n": eval.Ints(nil, 3), "x": eval.Floats(nil, 1)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestIf takes each branch; the untaken one, which fails, is not computed, and
// a branch may pass on a value from around it.
func TestIf(t *testing.T) {
	m := graphs.NewModel("choice", 20)
	m.Graph.Inputs = []*graphs.Value{value("c", graphs.Bool), value("x", graphs.Float32)}
	m.Graph.Nodes = []*graphs.Node{{Op: "If", Inputs: []string{"c"}, Outputs: []string{"y"}, Attributes: []graphs.Attribute{
		graphs.Subgraph("then_branch", &graphs.Graph{Name: "then", Outputs: []*graphs.Value{value("x", graphs.Float32)}}),
		graphs.Subgraph("else_branch", &graphs.Graph{Name: "else", Outputs: []*graphs.Value{value("z", graphs.Float32)}}),
	}}}
	for c, want := range map[int64]string{1: "float[] [7]", 0: `subgraph "else": the graph has no value "z"`} {
		got := ""
		out, err := eval.Run(m, map[string]*eval.Value{"c": {Type: graphs.Bool, I: []int64{c}}, "x": eval.Floats(nil, 7)}, "y")
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(out["y"], out["y"].F)
		}
		if !strings.Contains(got, want) {
			t.Errorf("c = %d: got %s, want %s", c, got, want)
		}
	}
}
