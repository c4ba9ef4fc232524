package graphs

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

// syntaxModel uses what the textual syntax has: every kind of value, names
// that need quotes, left-out inputs and outputs, subgraphs and functions.
func syntaxModel() *Model {
	m := NewModel("has space", 18)
	m.Opsets["local.ops"] = 1
	m.ProducerVersion = "1.0"
	m.ModelVersion = 3
	m.Doc = "a \"quoted\" \\ doc"
	m.SetMeta("memdil.parameters", `["w"]`)
	m.SetMeta("empty", "")
	float := func(name string, s Shape) *Value { return &Value{Name: name, Type: Type{Float32, s}} }
	branch := func(name, value string) *Graph {
		return &Graph{
			Name: name, Outputs: []*Value{float(value, Shape{})},
			Nodes: []*Node{{Op: "Constant", Outputs: []string{value}, Attributes: []Attribute{
				{Name: "value", Type: AttrTensor, Tensor: NewFloats("", nil, []float32{1})}}}},
		}
	}
	inf := float32(math.Inf(-1))
	m.Graph.Inputs = []*Value{
		float("x", Shape{Symbolic("N"), Symbolic("a+b"), UnknownDim, Known(3)}),
		float("float", nil), {Name: "flag", Type: Type{Elem: Bool, Shape: Shape{}}},
		float("w", StaticShape(2)),
	}
	m.Graph.Outputs = []*Value{float("y/0", Shape{}), float("z", nil)}
	m.Graph.Initializers = []*Tensor{
		NewFloats("w", []int64{2}, []float32{inf, float32(math.NaN())}),
		NewInts("int64", []int64{9}, []int64{math.MinInt64, -1, 0, 1, 2, 3, 4, 5, math.MaxInt64}),
		NewFloats("none", []int64{0, 4}, nil),
		{Name: "half", Type: Float16, Dims: []int64{1}, Data: []byte{0, 0xbc}},
		{Name: "bytes", Type: Int8, Dims: []int64{1}, Data: []byte{0xff}},
		{Name: "words", Type: String, Dims: []int64{2}, Strings: []string{`say "x"`, ""}},
	}
	m.Graph.Values = []*Value{float("h", m.Graph.Inputs[0].Type.Shape)}
	m.Graph.Nodes = []*Node{
		{Name: "if node", Op: "If", Inputs: []string{"flag"}, Outputs: []string{"y/0"},
			Attributes: []Attribute{Subgraph("then_branch", branch("then_part", "t")), Subgraph("else_branch", branch("_inf_", "e"))}},
		{Op: "Clip", Inputs: []string{"x", "", "y/0"}, Outputs: []string{"h"}},
		{Op: "Scale", Domain: "local.ops", Inputs: []string{"h"}, Outputs: []string{"z", ""}, Attributes: []Attribute{
			Float("alpha", 2), Float("beta", 1e-5), Float("low", inf), Int("n", -1), Ints("axes"), Ints("two", 1, 2),
			Str("mode", `a\b`), {Name: "fs", Type: AttrFloats, Floats: []float32{1, 0.5}},
			{Name: "ss", Type: AttrStrings, Strings: []string{"p", "q"}},
		}},
	}
	m.Functions = []*Function{{
		Domain: "local.ops", Name: "Scale", Inputs: []string{"in"}, Outputs: []string{"out", "same"},
		Attributes: []string{"low", "n", "axes", "two", "mode", "fs", "ss", "beta"}, Defaults: []Attribute{Float("alpha", 1)},
		Opsets: map[string]int64{"": 18},
		Nodes: []*Node{
			{Op: "LeakyRelu", Inputs: []string{"in"}, Outputs: []string{"out"}, Attributes: []Attribute{{Name: "alpha", Type: AttrFloat, Ref: "alpha"}}},
			{Op: "Identity", Inputs: []string{"in"}, Outputs: []string{"same"}},
		},
	}}
	return m
}

func TestText(t *testing.T) {
	const want = `<ir_version: 10, opset_import: ["" : 18, "local.ops" : 1], producer_name: "memdil", producer_version: "1.0", model_version: 3, doc_string: "a \"quoted\" \\ doc", metadata_props: [
    "memdil.parameters": "[\"w\"]",
    "empty": ""
  ]>
`
	got := Text(syntaxModel())
	if !strings.HasPrefix(got, want) {
		t.Errorf("header\n%s\nwant\n%s", got, want)
	}
	const wantGraph = `"has space" (
  float[N,"a+b",?,3] x,
  float[] "float",
  bool flag,
  float[2] w
) => (float "y/0", float[] z)
<
  float[2] w = {-inf, nan},
  int64[9] "int64" = {-9223372036854775808, -1, 0, ...},
  float[0,4] none = {},
  float16[1] half = {48128},
  int8[1] bytes = {-1},
  string[2] words = {"say \"x\"", ""}
>
{
  ["if node"] "y/0" = If (flag) <
    then_branch = then_part () => (float t)
    {
      t = Constant <value = float {1}> ()
    },
    else_branch = _inf_ () => (float e)
    {
      e = Constant <value = float {1}> ()
    }
  >
  h = Clip (x, "", "y/0")
  z, "" = local.ops.Scale <alpha = 2.0, beta = 1e-05, low = -inf, n = -1, axes: ints = [], two = [1, 2], mode = "a\\b", fs = [1.0, 0.5], ss = ["p", "q"]> (h)
}
<domain: "local.ops", opset_import: ["" : 18]>
Scale <low, n, axes, two, mode, fs, ss, beta, alpha = 1.0> (in) => (out, same)
{
  out = LeakyRelu <alpha: float = @alpha> (in)
  same = Identity (in)
}
`
	if _, graph, _ := strings.Cut(got, "]>\n"); graph != wantGraph {
		t.Errorf("graph\n%s\nwant\n%s", graph, wantGraph)
	}
}

func TestTextRenamesSubgraph(t *testing.T) {
	for name, want := range map[string]string{"a b": "a_b", "nan": "_nan", "inf_x": "_inf_x", "info": "info", "1": "_1", "float": "_float", "": "_"} {
		m := syntaxModel()
		m.Graph.Nodes[0].Attributes[0].Graph.Name = name
		if text := Text(m); !strings.Contains(text, "then_branch = "+want+" (") {
			t.Errorf("subgraph %q is not written as %q", name, want)
		}
	}
}

// TestTypesInSubgraphs has a branch read a value of the graph around it.
func TestTypesInSubgraphs(t *testing.T) {
	branch := func(op string) *Graph {
		return &Graph{Name: op, Nodes: []*Node{{Op: op, Inputs: []string{"x"}, Outputs: []string{op + " of x"}}}, Outputs: []*Value{{Name: op + " of x"}}}
	}
	m := NewModel("net", 18)
	m.Graph.Inputs = []*Value{{Name: "x", Type: Type{Float32, Shape{Symbolic("N")}}}, {Name: "c", Type: Type{Bool, Shape{}}}}
	m.Graph.Nodes = []*Node{{Op: "If", Inputs: []string{"c"}, Outputs: []string{"y"},
		Attributes: []Attribute{Subgraph("then_branch", branch("Neg")), Subgraph("else_branch", branch("Exp"))}}}
	types, err := Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := Print(&text, m, TypeComments(types)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"Neg of x" = Neg (x)  # float[N]`, `"Exp of x" = Exp (x)  # float[N]`, ">  # float[N]\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
}

// TestCompactText leaves out what makes real exports hard to read.
func TestCompactText(t *testing.T) {
	m := NewModel("net", 18)
	m.SetMeta("long", strings.Repeat("é", 1000))
	m.Graph.Inputs = []*Value{{Name: "x", Type: Type{Float32, Shape{}}}}
	m.Graph.Nodes = []*Node{
		{Name: "/act/Relu", Op: "Relu", Inputs: []string{"x"}, Outputs: []string{"/act/Relu_output_0"}},
		{Name: "node_neg", Op: "Neg", Inputs: []string{"x"}, Outputs: []string{"neg"}},
	}
	text := Text(m)
	for _, want := range []string{"éé...\"", "\n  \"/act/Relu_output_0\" = Relu (x)\n", "\n  [node_neg] neg = Neg (x)\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	var full strings.Builder
	if err := Print(&full, m, FullText()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(full.String(), `["/act/Relu"] `) || strings.Contains(full.String(), "...") {
		t.Errorf("the full text lacks something:\n%s", full.String())
	}
}

func TestPrintReportsWriteError(t *testing.T) {
	_, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := Print(w, syntaxModel()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func ExamplePrint() {
	m := NewModel("net", 18)
	m.Graph.Inputs = []*Value{{Name: "x", Type: Type{Float32, Shape{Symbolic("N"), Known(4)}}}}
	m.Graph.Outputs = []*Value{{Name: "y", Type: Type{Float32, Shape{Symbolic("N"), Known(3)}}}}
	m.Graph.Initializers = []*Tensor{
		NewFloats("w", []int64{3, 4}, make([]float32, 12)),
		NewFloats("b", []int64{3}, []float32{0.5, -1, 2}),
	}
	m.Graph.Nodes = []*Node{
		{Op: "Gemm", Inputs: []string{"x", "w", "b"}, Outputs: []string{"h"}, Attributes: []Attribute{Int("transB", 1)}},
		{Op: "Relu", Inputs: []string{"h"}, Outputs: []string{"y"}},
	}
	types, err := Infer(m)
	if err != nil {
		panic(err)
	}
	if err := Print(os.Stdout, m, TypeComments(types)); err != nil {
		panic(err)
	}
	// Output:
	// <ir_version: 10, opset_import: ["" : 18], producer_name: "memdil">
	// net (float[N,4] x) => (float[N,3] y)
	// <
	//   float[3,4] w = {0, 0, 0, ...},
	//   float[3] b = {0.5, -1, 2}
	// >
	// {
	//   h = Gemm <transB = 1> (x, w, b)  # float[N,3]
	//   y = Relu (h)  # float[N,3]
	// }
}
