package graphs

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	value := func(name string) *Value { return &Value{Name: name, Type: Type{Float32, Shape{}}} }
	node := func(op string, inputs, outputs []string, attributes ...Attribute) *Node {
		return &Node{Op: op, Inputs: inputs, Outputs: outputs, Attributes: attributes}
	}
	sub := func(output string, nodes ...*Node) Attribute {
		return Subgraph("body", &Graph{Name: "sub", Outputs: []*Value{value(output)}, Nodes: nodes})
	}
	add := func(nodes ...*Node) func(*Model) {
		return func(m *Model) { m.Graph.Nodes = append(m.Graph.Nodes, nodes...) }
	}
	for _, test := range []struct {
		name   string
		change func(*Model)
		want   string // "" is no finding
	}{
		{"valid", func(*Model) {}, ""},
		{"left-out input and output", add(node("Op", []string{"", "x"}, []string{"", "o", ""})), ""},
		{"subgraph reads outer value", add(node("If", []string{"x"}, []string{"o"}, sub("s", node("Neg", []string{"x"}, []string{"s"})))), ""},
		{"siblings share names", add(
			node("If", []string{"x"}, []string{"o"}, sub("s", node("Neg", []string{"x"}, []string{"s"}))),
			node("If", []string{"x"}, []string{"p"}, sub("s", node("Neg", []string{"x"}, []string{"s"})))), ""},
		{"input with default", func(m *Model) { m.Graph.Initializers = append(m.Graph.Initializers, NewFloats("x", nil, []float32{1})) }, ""},
		{"no graph name", func(m *Model) { m.Graph.Name = "" }, "a graph has no name"},
		{"opset 0", func(m *Model) { m.Opsets[""] = 0 }, `operator set "" in version 0`},
		{"no opset", func(m *Model) { m.Opsets = nil }, "imports no operator set"},
		{"foreign domain", add(&Node{Op: "Op", Domain: "com.x", Outputs: []string{"o"}}), `Op node "o": its domain "com.x"`},
		{"twice an input", func(m *Model) { m.Graph.Inputs = append(m.Graph.Inputs, value("x")) }, `"x" is already the name of a value, from graph input`},
		{"unnamed input", func(m *Model) { m.Graph.Inputs = append(m.Graph.Inputs, value("")) }, "has no name"},
		{"twice an initializer", func(m *Model) { m.Graph.Initializers = append(m.Graph.Initializers, m.Graph.Initializers[0]) }, `initializer "w" is there twice`},
		{"initializer and output", add(node("Neg", []string{"x"}, []string{"w"})), `Neg node "w": "w" is already the name of a value, from initializer`},
		{"two producers", add(node("Neg", []string{"x"}, []string{"y"})), `"y" is already the name of a value, from Mul node "y"`},
		{"short data", func(m *Model) { m.Graph.Initializers[0].Data = make([]byte, 3) }, `initializer "w": it holds 3 bytes`},
		{"out of order", add(node("Neg", []string{"b"}, []string{"a"}), node("Neg", []string{"x"}, []string{"b"})), `Neg node "a": its input "b" is produced later, by Neg node "b"`},
		{"no producer", add(node("Neg", []string{"lost"}, []string{"a"})), `Neg node "a": nothing produces its input "lost"`},
		{"lost output", func(m *Model) { m.Graph.Outputs = append(m.Graph.Outputs, value("lost")) }, `graph output "lost": nothing produces it`},
		{"twice an output", func(m *Model) { m.Graph.Outputs = append(m.Graph.Outputs, value("y")) }, `graph output "y" is listed twice`},
		{"no operator", add(node("", nil, []string{"o"})), "has no operator"},
		{"twice an attribute", add(node("Op", nil, []string{"o"}, Int("a", 1), Int("a", 2))), `attribute "a" is there twice`},
		{"attribute of unknown type", add(node("Op", nil, []string{"o"}, Attribute{Name: "a", Type: 99})), `attribute "a" has the unknown type 99`},
		{"attribute of a wrong type", add(node("Gemm", []string{"x", "x"}, []string{"o"}, Str("transB", "yes"))), `attribute "transB" is of type STRING: INT is wanted`},
		{"attribute of several types", add(node("Cast", []string{"x"}, []string{"o"}, Str("to", "FLOAT"))), ""},
		{"empty attribute", add(node("Op", nil, []string{"o"}, Attribute{Name: "a", Type: AttrTensor})), `attribute "a" holds no value`},
		{"reference outside a function", add(node("Op", nil, []string{"o"}, Attribute{Name: "a", Type: AttrInt, Ref: "r"})), "outside of a function"},
		{"subgraph shadows", add(node("If", []string{"x"}, []string{"o"}, sub("s", node("Op", nil, []string{"s", "x"})))), `"x" is already the name of a value`},
		{"subgraph passes outer value", add(node("If", []string{"x"}, []string{"o"}, sub("x"))), "pass it through an Identity"},
		{"subgraph value read outside", add(
			node("If", []string{"x"}, []string{"o"}, sub("s", node("Neg", []string{"x"}, []string{"s"}))),
			node("Neg", []string{"s"}, []string{"p"})), `nothing produces its input "s"`},
		{"function output", func(m *Model) {
			m.Functions = []*Function{{Name: "f", Opsets: m.Opsets, Outputs: []string{"q"}}}
		}, `function "f": nothing produces its output "q"`},
		{"old ir_version", func(m *Model) { m.IRVersion = 3 }, `initializer "w" is no graph input`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := NewModel("net", 18)
			m.Graph.Inputs, m.Graph.Outputs = []*Value{value("x")}, []*Value{value("y")}
			m.Graph.Initializers = []*Tensor{NewFloats("w", nil, []float32{2})}
			m.Graph.Nodes = []*Node{node("Mul", []string{"x", "w"}, []string{"y"})}
			test.change(m)
			err := Check(m)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("unexpected findings: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			case test.want != "" && strings.Contains(err.Error(), "\n"):
				t.Errorf("one fault gave several findings: %v", err)
			}
		})
	}
}

func TestCheckBoundsFindings(t *testing.T) {
	m := NewModel("net", 18)
	for i := range 50 {
		m.Graph.Nodes = append(m.Graph.Nodes, &Node{Op: "Neg", Inputs: []string{"lost"}, Outputs: []string{fmt.Sprint("o", i)}})
	}
	lines := strings.Split(Check(m).Error(), "\n")
	if len(lines) != maxFindings+1 || lines[maxFindings] != "and 30 more" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}
