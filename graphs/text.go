package graphs

import (
	"bufio"
	"io"
	"maps"
	"slices"
	"strings"
)

// TextOption changes what Print writes.
type TextOption func(*printer)

// FullText writes every element of every tensor, and the recorded types of
// values inside the graphs: the form that onnx.parser.parse_model reads back
// as an equal model.
func FullText() TextOption { return func(p *printer) { p.full = true } }

// TypeComments ends each node of the main graph and of its subgraphs with a
// comment of the types of its outputs, as Infer gives them for the main graph.
func TypeComments(types Infos) TextOption { return func(p *printer) { p.types = types } }

// Text returns m as text in the compact form of Print.
func Text(m *Model) string {
	var b strings.Builder
	if err := Print(&b, m); err != nil {
		panic("graphs: strings.Builder failed: " + err.Error())
	}
	return b.String()
}

// Print writes m in ONNX's own textual syntax, one node a line:
//
//	<ir_version: 10, opset_import: ["" : 18]>
//	net (float[N,64] x) => (float[N,10] y)
//	<
//	  float[10,64] w = {0.1, 0.2, -0.3, ...},
//	  float[10] b = {0.5, -0.5, 0, ...}
//	>
//	{
//	  y = Gemm <transB = 1> (x, w, b)
//	}
//
// A type without brackets is that of a scalar, "[]" an unknown rank. Names that
// are no identifiers are quoted. Of a tensor with more than 8 elements only the
// first 3 are written, and an ellipsis, unless FullText is given; half-precision
// elements are written as their bits. Of a long metadata value only the
// beginning is written, and the name of a node is left out where that of its
// first output begins with it, unless FullText is given. Doc strings of anything but the model
// have no place in the syntax and are left out; the name of a subgraph is
// written with underscores for what is not allowed in an identifier. The
// same model always gives the same text.
func Print(w io.Writer, m *Model, options ...TextOption) error {
	p := &printer{w: bufio.NewWriter(w), opset: m.Opset()}
	for _, option := range options {
		option(p)
	}
	p.model(m)
	return p.w.Flush()
}

// printer writes the parts of a model. The writer keeps the first error.
type printer struct {
	w      *bufio.Writer
	full   bool
	types  Infos
	opset  int64
	indent int
}

func (p *printer) put(parts ...string) {
	for _, s := range parts {
		p.w.WriteString(s)
	}
}

// line starts a new line.
func (p *printer) line() { p.put("\n", strings.Repeat("  ", p.indent)) }

// list writes the parts separated by commas between open and close: on one
// line, or each on its own.
func (p *printer) list(open, close string, multiline bool, parts []func()) {
	p.put(open)
	p.indent++
	for i, part := range parts {
		switch {
		case i > 0 && multiline:
			p.put(",")
		case i > 0:
			p.put(", ")
		}
		if multiline {
			p.line()
		}
		part()
	}
	p.indent--
	if multiline {
		p.line()
	}
	p.put(close)
}

// each returns the calls of write for all values, for list.
func each[T any](values []T, write func(T)) []func() {
	parts := make([]func(), len(values))
	for i, v := range values {
		parts[i] = func() { write(v) }
	}
	return parts
}

func (p *printer) model(m *Model) {
	parts := []func(){
		func() { p.put("ir_version: ", formatInt(m.IRVersion)) },
		func() { p.opsets(m.Opsets) },
	}
	for _, e := range []Property{
		{"producer_name", m.ProducerName}, {"producer_version", m.ProducerVersion}, {"domain", m.Domain},
	} {
		if e.Value != "" {
			parts = append(parts, func() { p.put(e.Key, ": ", quote(e.Value)) })
		}
	}
	if m.ModelVersion != 0 {
		parts = append(parts, func() { p.put("model_version: ", formatInt(m.ModelVersion)) })
	}
	if m.Doc != "" {
		parts = append(parts, func() { p.put("doc_string: ", quote(m.Doc)) })
	}
	if len(m.Metadata) > 0 {
		parts = append(parts, func() {
			p.put("metadata_props: ")
			p.list("[", "]", true, each(m.Metadata, func(e Property) { p.put(quote(e.Key), ": ", quote(p.shortened(e.Value))) }))
		})
	}
	p.list("<", ">", false, parts)
	p.line()
	p.put(quotable(m.Graph.Name), " ")
	p.graph(m.Graph)
	for _, f := range m.Functions {
		p.line()
		p.function(f)
	}
	p.line()
}

// shortened returns the beginning of a text that is too long to read.
func (p *printer) shortened(s string) string {
	const limit = 1000
	if p.full || len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}

func (p *printer) opsets(opsets map[string]int64) {
	p.put("opset_import: ")
	p.list("[", "]", false, each(slices.Sorted(maps.Keys(opsets)), func(domain string) {
		p.put(quote(domain), " : ", formatInt(opsets[domain]))
	}))
}

func (p *printer) function(f *Function) {
	parts := []func(){
		func() { p.put("domain: ", quote(f.Domain)) },
		func() { p.opsets(f.Opsets) },
	}
	if f.Overload != "" {
		parts = append(parts, func() { p.put("overload: ", quote(f.Overload)) })
	}
	p.list("<", ">", false, parts)
	p.line()
	p.put(quotable(f.Name), " ")
	attributes := append(each(f.Attributes, func(name string) { p.put(name) }), each(f.Defaults, p.attribute)...)
	if len(attributes) > 0 {
		p.list("<", "> ", false, attributes)
	}
	p.put("(", quotableList(f.Inputs), ") => (", quotableList(f.Outputs), ")")
	p.nodes(f.Nodes)
}

// graph writes a graph without its name.
func (p *printer) graph(g *Graph) {
	p.list("(", ") => ", len(g.Inputs) > 3, each(g.Inputs, p.value))
	p.list("(", ")", len(g.Outputs) > 3, each(g.Outputs, p.value))
	inside := each(g.Initializers, p.tensor)
	if p.full {
		inside = append(inside, each(g.Values, p.value)...)
	}
	if len(inside) > 0 {
		p.line()
		p.list("<", ">", true, inside)
	}
	p.nodes(g.Nodes)
}

func (p *printer) nodes(nodes []*Node) {
	p.line()
	p.put("{")
	p.indent++
	for _, n := range nodes {
		p.line()
		p.node(n)
	}
	p.indent--
	p.line()
	p.put("}")
}

func (p *printer) node(n *Node) {
	if n.Name != "" && (p.full || !strings.HasPrefix(n.Output(0), n.Name)) {
		p.put("[", quotable(n.Name), "] ")
	}
	p.put(quotableList(n.Outputs), " = ")
	if n.Domain != "" {
		p.put(n.Domain, ".")
	}
	p.put(n.Op)
	if n.Overload != "" {
		p.put(":", n.Overload)
	}
	attributes := each(n.Attributes, p.attribute)
	subgraphs := len(n.Subgraphs()) > 0
	if len(attributes) > 0 && !subgraphs {
		p.list(" <", ">", false, attributes)
	}
	p.put(" (", quotableList(n.Inputs), ")")
	if subgraphs {
		p.list(" <", ">", true, attributes)
	}
	p.typeComment(n)
}

func (p *printer) typeComment(n *Node) {
	var types []string
	for _, name := range n.Outputs {
		if info, ok := p.types[name]; ok && name != "" {
			types = append(types, typeText(info.Type))
		}
	}
	if len(types) > 0 {
		p.put("  # ", strings.Join(types, ", "))
	}
}
