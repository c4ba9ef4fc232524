package graphs

import (
	"encoding/binary"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// attrTypeNames are the syntax's names of attribute types.
var attrTypeNames = map[AttrType]string{
	AttrFloat: "float", AttrInt: "int", AttrString: "string", AttrTensor: "tensor", AttrGraph: "graph",
	AttrFloats: "floats", AttrInts: "ints", AttrStrings: "strings", AttrTensors: "tensors", AttrGraphs: "graphs",
}

// attribute writes the name and the value, and the type where the value does
// not show it.
func (p *printer) attribute(a Attribute) {
	p.put(a.Name)
	if a.Ref != "" {
		p.put(": ", attrTypeNames[a.Type], " = @", quotable(a.Ref))
		return
	}
	if len(a.Floats)+len(a.Ints)+len(a.Strings)+len(a.Tensors)+len(a.Graphs) == 0 && a.Type >= AttrFloats {
		p.put(": ", attrTypeNames[a.Type])
	}
	p.put(" = ")
	switch a.Type {
	case AttrFloat:
		p.float(a.Float)
	case AttrInt:
		p.put(formatInt(a.Int))
	case AttrString:
		p.put(quote(a.Str))
	case AttrTensor:
		p.tensor(a.Tensor)
	case AttrGraph:
		p.subgraph(a.Graph)
	case AttrFloats:
		p.list("[", "]", false, each(a.Floats, p.float))
	case AttrInts:
		p.list("[", "]", false, each(a.Ints, func(v int64) { p.put(formatInt(v)) }))
	case AttrStrings:
		p.list("[", "]", false, each(a.Strings, func(s string) { p.put(quote(s)) }))
	case AttrTensors:
		p.list("[", "]", false, each(a.Tensors, p.tensor))
	case AttrGraphs:
		p.list("[", "]", false, each(a.Graphs, p.subgraph))
	}
}

// float writes a number that is seen to be no integer.
func (p *printer) float(v float32) {
	s := formatFloat(float64(v), 32)
	if !strings.ContainsAny(s, ".einf") { // neither fraction, exponent, nan nor inf
		s += ".0"
	}
	p.put(s)
}

// subgraph writes a graph in the place of an attribute, where its name must be
// an identifier that starts no other kind of value.
func (p *printer) subgraph(g *Graph) {
	name := notInIdentifier.ReplaceAllString(g.Name, "_")
	if !isPlain(name) {
		name = "_" + name
	}
	p.put(name, " ")
	around := p.types
	if around != nil {
		if inside, err := InferWithin(g, around, p.opset); err == nil {
			p.types = inside
		}
	}
	p.graph(g)
	p.types = around
}

func (p *printer) value(v *Value) {
	if v.Type.Elem != Undefined {
		p.put(typeText(v.Type), " ")
	}
	p.put(quotable(v.Name))
}

// maxShown is the most elements of a tensor that the compact form writes all;
// of longer ones it writes the first few.
const maxShown, firstShown = 8, 3

func (p *printer) tensor(t *Tensor) {
	p.put(typeText(t.TensorType()))
	if t.Name != "" {
		p.put(" ", quotable(t.Name), " =")
	}
	n := t.Len()
	shown := n
	if n > maxShown && !p.full {
		shown = firstShown
	}
	p.put(" {")
	for i := range shown {
		if i > 0 {
			p.put(", ")
		}
		p.put(element(t, i))
	}
	if shown < n {
		p.put(", ...")
	}
	p.put("}")
}

// element returns element i as the syntax writes it.
func element(t *Tensor, i int) string {
	switch t.Type {
	case String:
		return quote(t.Strings[i])
	case Float32:
		return formatFloat(t.At(i), 32)
	case Float64:
		return formatFloat(t.At(i), 64)
	case Float16, BFloat16:
		return formatInt(int64(binary.LittleEndian.Uint16(t.Data[2*i:])))
	case Int64: // beyond what the float64 of At holds
		return formatInt(int64(binary.LittleEndian.Uint64(t.Data[8*i:])))
	case Uint64:
		return strconv.FormatUint(binary.LittleEndian.Uint64(t.Data[8*i:]), 10)
	}
	return formatInt(int64(t.At(i)))
}

// typeText returns the type as the syntax writes it, which differs from
// Type.String for scalars and unknown ranks.
func typeText(t Type) string {
	if t.Elem == Undefined {
		return "?"
	}
	if t.Shape != nil && len(t.Shape) == 0 {
		return t.Elem.String()
	}
	dims := make([]string, len(t.Shape))
	for i, d := range t.Shape {
		dims[i] = d.String()
		if d.Symbol != "" {
			dims[i] = quotable(d.Symbol)
		}
	}
	return t.Elem.String() + "[" + strings.Join(dims, ",") + "]"
}

func formatInt(v int64) string { return strconv.FormatInt(v, 10) }

// formatFloat returns the shortest text that reads back as the same number.
func formatFloat(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

var (
	identifier      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	notInIdentifier = regexp.MustCompile(`[^A-Za-z0-9_]`)
	// reserved words start a type or a number where a name may stand too.
	reserved = regexp.MustCompile(`^((?i:nan|inf|infinity)(_\w*)?|float\w*|double|bool|string|u?int\d+|bfloat16|complex\d+|seq|map|optional|sparse_tensor|opaque)$`)
)

func isPlain(name string) bool { return identifier.MatchString(name) && !reserved.MatchString(name) }

// quotable returns the name, in quotes where it is no plain identifier.
func quotable(name string) string {
	if isPlain(name) {
		return name
	}
	return quote(name)
}

func quotableList(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = quotable(name)
	}
	return strings.Join(out, ", ")
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(s string) string { return `"` + escapes.Replace(s) + `"` }
