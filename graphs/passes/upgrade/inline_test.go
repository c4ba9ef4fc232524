package upgrade

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

const local = "local"

// caller is a model whose graph calls op on x, with functions.
func caller(n *graphs.Node, functions ...*graphs.Function) *graphs.Model {
	m := oldModel(20, []int64{2}, n)
	m.Opsets[local] = 1
	m.Functions = functions
	return m
}

func call(op string, a ...graphs.Attribute) *graphs.Node {
	return &graphs.Node{Op: op, Domain: local, Attributes: a}
}

func function(name string, inputs []string, output string, nodes ...*graphs.Node) *graphs.Function {
	return &graphs.Function{Domain: local, Name: name, Inputs: inputs, Outputs: []string{output}, Nodes: nodes, Opsets: map[string]int64{"": 20, local: 1}}
}

func node(op, output string, inputs ...string) *graphs.Node {
	return &graphs.Node{Op: op, Inputs: inputs, Outputs: []string{output}}
}

// leaky is LeakyRelu with a slope that refers to the function's attribute.
func leaky() *graphs.Function {
	n := node("LeakyRelu", "y", "a")
	n.Attributes = []graphs.Attribute{{Name: "alpha", Type: graphs.AttrFloat, Ref: "slope"}}
	f := function("Leaky", []string{"a"}, "y", n)
	f.Attributes = []string{"slope"}
	return f
}

// twice calls another function two times; its inner value is called x, as the
// model's input is.
func twice() *graphs.Function {
	inner, outer := call("Leaky"), call("Leaky")
	for i, n := range []*graphs.Node{inner, outer} {
		n.Attributes = []graphs.Attribute{{Name: "slope", Type: graphs.AttrFloat, Ref: "slope"}}
		n.Inputs, n.Outputs = [][]string{{"in"}, {"x"}}[i], [][]string{{"x"}, {"out"}}[i]
	}
	f := function("Twice", []string{"in"}, "out", inner, outer)
	f.Defaults = []graphs.Attribute{graphs.Float("slope", 0.5)}
	return f
}

// branching chooses by an outer truth value between values of the function.
func branching() *graphs.Function {
	branch := func(op string) *graphs.Graph {
		return &graphs.Graph{Name: op, Nodes: []*graphs.Node{node(op, "r", "in")}, Outputs: []*graphs.Value{{Name: "r"}}}
	}
	n := node("If", "out", "yes")
	n.Attributes = []graphs.Attribute{graphs.Subgraph("then_branch", branch("Neg")), graphs.Subgraph("else_branch", branch("Abs"))}
	yes := node("Constant", "yes")
	yes.Attributes = []graphs.Attribute{{Name: "value", Type: graphs.AttrTensor, Tensor: graphs.NewTensor("", graphs.Bool, nil, []float64{1})}}
	return function("Branching", []string{"in"}, "out", yes, n)
}

func TestInline(t *testing.T) {
	optional := function("Bounded", []string{"a", "low", "high"}, "y", node("Clip", "y", "a", "low", "high"))
	for name, c := range map[string]struct {
		model *graphs.Model
		want  []float64
	}{
		"attribute":         {caller(call("Leaky", graphs.Float("slope", 0.25)), leaky()), []float64{-0.5, 3}},
		"missing attribute": {caller(call("Leaky"), leaky()), []float64{-0.02, 3}},
		"nested, default":   {caller(call("Twice"), twice(), leaky()), []float64{-0.5, 3}},
		"nested, given":     {caller(call("Twice", graphs.Float("slope", 1)), twice(), leaky()), []float64{-2, 3}},
		"optional inputs":   {caller(call("Bounded"), optional), []float64{-2, 3}},
		"output is input":   {caller(call("Same"), function("Same", []string{"a"}, "a")), []float64{-2, 3}},
		"subgraph":          {caller(call("Branching"), branching()), []float64{2, -3}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Model(c.model)
			if err != nil {
				t.Fatal(err)
			}
			if problems := graphs.Check(m); problems != nil {
				t.Error(problems)
			}
			for _, n := range m.Graph.Nodes {
				if n.Domain != "" || n.Op == "If" {
					t.Errorf("%s is left", n.Label())
				}
			}
			got, err := eval.Run(m, map[string]*eval.Value{"x": {Type: graphs.Float32, Shape: []int{2}, F: []float64{-2, 3}}})
			if err != nil {
				t.Fatalf("%v in\n%s", err, graphs.Text(m))
			}
			if !slices.EqualFunc(got["y"].F, c.want, func(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 }) {
				t.Errorf("got %v, want %v from\n%s", got["y"].F, c.want, graphs.Text(m))
			}
		})
	}
}

func TestInlineRefuses(t *testing.T) {
	again := call("Again")
	again.Inputs, again.Outputs = []string{"a"}, []string{"y"}
	old := function("Old", []string{"a"}, "y", node("Softmax", "y", "a"))
	old.Opsets[""] = 11
	crowded := call("Leaky")
	crowded.Inputs = []string{"x"}
	wide := call("Leaky")
	wide.Outputs = []string{"y", "z"}
	for want, m := range map[string]*graphs.Model{
		"calls itself":         caller(call("Again"), function("Again", []string{"a"}, "y", again)),
		"version 11":           caller(call("Old"), old),
		"2 inputs":             caller(crowded, leaky()),
		"names 2 outputs of 1": caller(wide, leaky()),
	} {
		if _, err := Inline(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestBranchesOfUnknownCondition: an If whose condition is computed stays.
func TestBranchesOfUnknownCondition(t *testing.T) {
	f := branching()
	n := f.Nodes[1]
	n.Inputs = []string{"positive"}
	f.Nodes[0] = node("Greater", "positive", "in", "in")
	m, err := Model(caller(call("Branching"), f))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(m.Graph.Nodes, func(n *graphs.Node) bool { return n.Op == "If" }) {
		t.Error("the If is gone")
	}
}

// TestInlineBounds inlines functions that grow without end: in number, by what
// is inside a branch, by the length of names, and in depth.
func TestInlineBounds(t *testing.T) {
	doubling := func(first *graphs.Function) []*graphs.Function {
		functions := []*graphs.Function{first}
		for range 30 {
			one, two := call(functions[len(functions)-1].Name), call(functions[len(functions)-1].Name)
			one.Inputs, one.Outputs, two.Inputs, two.Outputs = []string{"in"}, []string{"between"}, []string{"between"}, []string{"out"}
			functions = append(functions, function("f"+strconv.Itoa(len(functions)), []string{"in"}, "out", one, two))
		}
		return functions
	}
	large := &graphs.Graph{Name: "large", Outputs: []*graphs.Value{{Name: "r"}}}
	for i := range 10000 {
		large.Nodes = append(large.Nodes, node("Neg", "r"+strconv.Itoa(i), "in"))
	}
	large.Nodes = append(large.Nodes, node("Neg", "r", "in"))
	branch := node("If", "out", "in")
	branch.Attributes = []graphs.Attribute{graphs.Subgraph("then_branch", large)}
	named := node("Neg", "out", "in")
	named.Name = strings.Repeat("n", 1<<20)
	nested := []*graphs.Function{function("f0", []string{"in"}, "out", node("Neg", "out", "in"))}
	for i := range 200 {
		n := call("f" + strconv.Itoa(i))
		n.Inputs, n.Outputs = []string{"in"}, []string{"out"}
		nested = append(nested, function("f"+strconv.Itoa(i+1), []string{"in"}, "out", n))
	}
	for name, c := range map[string]struct {
		functions []*graphs.Function
		want      string
	}{
		"branches": {doubling(function("f0", []string{"in"}, "out", branch)), "grow to more than"},
		"names":    {doubling(function("f0", []string{"in"}, "out", named)), "grow to more than"},
		"depth":    {nested, "nested deeper than"},
	} {
		if _, err := Inline(caller(call(c.functions[len(c.functions)-1].Name), c.functions...)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}
