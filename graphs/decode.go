package graphs

import (
	"errors"
	"fmt"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// decoder turns wire messages into the representation of this package.
type decoder struct {
	external *externalReader // nil when there is no folder to read from
	depth    int             // of the subgraph being decoded
}

// maxDepth bounds the nesting of subgraphs: what walks graphs recurses, and no
// real model comes near it.
const maxDepth = 100

func (d decoder) model(p *onnxpb.ModelProto) (*Model, error) {
	m := &Model{
		IRVersion:       p.GetIrVersion(),
		ProducerName:    p.GetProducerName(),
		ProducerVersion: p.GetProducerVersion(),
		Domain:          p.GetDomain(),
		ModelVersion:    p.GetModelVersion(),
		Doc:             p.GetDocString(),
	}
	var err error
	if m.Opsets, err = decodeOpsets(p.GetOpsetImport()); err != nil {
		return nil, err
	}
	m.Metadata = decodeProperties(p.GetMetadataProps())
	if m.Graph, err = d.graph(p.GetGraph()); err != nil {
		return nil, err
	}
	if err := requireTensors("input", p.GetGraph().GetInput()); err != nil {
		return nil, err
	}
	if err := requireTensors("output", p.GetGraph().GetOutput()); err != nil {
		return nil, err
	}
	for _, f := range p.GetFunctions() {
		decoded, err := d.function(f)
		if err != nil {
			return nil, fmt.Errorf("function %q: %w", f.GetName(), err)
		}
		m.Functions = append(m.Functions, decoded)
	}
	return m, nil
}

func decodeOpsets(imports []*onnxpb.OperatorSetIdProto) (map[string]int64, error) {
	opsets := make(map[string]int64, len(imports))
	for _, o := range imports {
		domain := standardDomain(o.GetDomain())
		if v, ok := opsets[domain]; ok && v != o.GetVersion() {
			return nil, fmt.Errorf("operator set %q is imported in versions %d and %d", domain, v, o.GetVersion())
		}
		opsets[domain] = o.GetVersion()
	}
	return opsets, nil
}

// standardDomain maps the long name of the standard domain to the empty one.
func standardDomain(domain string) string {
	if domain == "ai.onnx" {
		return ""
	}
	return domain
}

// requireTensors refuses values that are sequences, maps or optionals where a
// caller would have to feed or fetch them.
func requireTensors(role string, values []*onnxpb.ValueInfoProto) error {
	for _, v := range values {
		switch v.GetType().GetValue().(type) {
		case nil, *onnxpb.TypeProto_TensorType:
		default:
			return fmt.Errorf("graph %s %q is a sequence, map or optional: only tensors are supported there", role, v.GetName())
		}
	}
	return nil
}

func (d decoder) graph(p *onnxpb.GraphProto) (*Graph, error) {
	if d.depth++; d.depth > maxDepth {
		return nil, fmt.Errorf("subgraphs are nested deeper than %d levels", maxDepth)
	}
	if sparse := p.GetSparseInitializer(); len(sparse) > 0 {
		return nil, fmt.Errorf("initializer %q is sparse: store it as a dense tensor", sparse[0].GetValues().GetName())
	}
	g := &Graph{
		Name:    p.GetName(),
		Doc:     p.GetDocString(),
		Inputs:  decodeValues(p.GetInput()),
		Outputs: decodeValues(p.GetOutput()),
		Values:  decodeValues(p.GetValueInfo()),
	}
	if g.Name == "" {
		g.Name = "graph" // the standard asks for a name
	}
	for _, t := range p.GetInitializer() {
		decoded, err := d.tensor(t)
		if err != nil {
			return nil, err
		}
		g.Initializers = append(g.Initializers, decoded)
	}
	var err error
	g.Nodes, err = d.nodes(p.GetNode())
	return g, err
}

func (d decoder) nodes(protos []*onnxpb.NodeProto) ([]*Node, error) {
	var nodes []*Node
	for _, p := range protos {
		n := &Node{
			Name:     p.GetName(),
			Op:       p.GetOpType(),
			Domain:   standardDomain(p.GetDomain()),
			Overload: p.GetOverload(),
			Inputs:   p.GetInput(),
			Outputs:  p.GetOutput(),
			Doc:      p.GetDocString(),
		}
		for _, a := range p.GetAttribute() {
			decoded, err := d.attribute(a)
			if err != nil {
				return nil, fmt.Errorf("%s: attribute %q: %w", n.Label(), a.GetName(), err)
			}
			n.Attributes = append(n.Attributes, decoded)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (d decoder) attribute(p *onnxpb.AttributeProto) (Attribute, error) {
	a := Attribute{Name: p.GetName(), Type: AttrType(p.GetType()), Ref: p.GetRefAttrName()}
	if a.Ref != "" {
		return a, nil
	}
	var err error
	switch a.Type {
	case AttrFloat:
		a.Float = p.GetF()
	case AttrInt:
		a.Int = p.GetI()
	case AttrString:
		a.Str = string(p.GetS())
	case AttrFloats:
		a.Floats = p.GetFloats()
	case AttrInts:
		a.Ints = p.GetInts()
	case AttrStrings:
		a.Strings = toStrings(p.GetStrings())
	case AttrTensor:
		a.Tensor, err = d.tensor(p.GetT())
	case AttrGraph:
		if p.G == nil {
			return a, errors.New("it holds no graph")
		}
		a.Graph, err = d.graph(p.G)
	case AttrTensors:
		a.Tensors, err = decodeAll(p.GetTensors(), d.tensor)
	case AttrGraphs:
		a.Graphs, err = decodeAll(p.GetGraphs(), d.graph)
	default:
		err = fmt.Errorf("values of type %s are not supported", p.GetType())
	}
	return a, err
}

func decodeAll[P, T any](protos []P, decode func(P) (T, error)) ([]T, error) {
	out := make([]T, len(protos))
	for i, p := range protos {
		var err error
		if out[i], err = decode(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func toStrings(bytes [][]byte) []string {
	out := make([]string, len(bytes))
	for i, b := range bytes {
		out[i] = string(b)
	}
	return out
}

func (d decoder) function(p *onnxpb.FunctionProto) (*Function, error) {
	f := &Function{
		Domain:     standardDomain(p.GetDomain()),
		Name:       p.GetName(),
		Overload:   p.GetOverload(),
		Inputs:     p.GetInput(),
		Outputs:    p.GetOutput(),
		Attributes: p.GetAttribute(),
	}
	for _, a := range p.GetAttributeProto() {
		decoded, err := d.attribute(a)
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", a.GetName(), err)
		}
		f.Defaults = append(f.Defaults, decoded)
	}
	var err error
	if f.Opsets, err = decodeOpsets(p.GetOpsetImport()); err != nil {
		return nil, err
	}
	f.Nodes, err = d.nodes(p.GetNode())
	return f, err
}

// decodeValues keeps a value without tensor type as one of unknown type.
func decodeValues(protos []*onnxpb.ValueInfoProto) []*Value {
	var values []*Value
	for _, p := range protos {
		v := &Value{Name: p.GetName(), Doc: p.GetDocString(), Metadata: decodeProperties(p.GetMetadataProps())}
		if t := p.GetType().GetTensorType(); t != nil {
			v.Type = Type{DType(t.GetElemType()), decodeShape(t.GetShape())}
		}
		values = append(values, v)
	}
	return values
}

func decodeProperties(entries []*onnxpb.StringStringEntryProto) []Property {
	var properties []Property
	for _, e := range entries {
		properties = append(properties, Property{e.GetKey(), e.GetValue()})
	}
	return properties
}

func decodeShape(p *onnxpb.TensorShapeProto) Shape {
	if p == nil {
		return nil
	}
	s := make(Shape, len(p.GetDim()))
	for i, d := range p.GetDim() {
		switch v := d.GetValue().(type) {
		case *onnxpb.TensorShapeProto_Dimension_DimValue:
			s[i] = Known(max(v.DimValue, -1)) // exporters write −1 for unknown
		case *onnxpb.TensorShapeProto_Dimension_DimParam:
			s[i] = Symbolic(v.DimParam)
		default:
			s[i] = UnknownDim
		}
	}
	return s
}
