package graphs

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// encoder turns models into wire messages, which share the tensors' bytes.
type encoder struct {
	external *externalLayout // where large initializers go; nil keeps all inside
}

func (e encoder) model(m *Model) *onnxpb.ModelProto {
	p := &onnxpb.ModelProto{
		IrVersion:       proto.Int64(m.IRVersion),
		ProducerName:    optional(m.ProducerName),
		ProducerVersion: optional(m.ProducerVersion),
		Domain:          optional(m.Domain),
		DocString:       optional(m.Doc),
		Graph:           e.graph(m.Graph),
		OpsetImport:     encodeOpsets(m.Opsets),
	}
	if m.ModelVersion != 0 {
		p.ModelVersion = proto.Int64(m.ModelVersion)
	}
	p.MetadataProps = encodeAll(m.Metadata, encodeProperty)
	for _, f := range m.Functions {
		p.Functions = append(p.Functions, e.function(f))
	}
	return p
}

// optional leaves an empty string out of the message.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func encodeProperty(p Property) *onnxpb.StringStringEntryProto { return entry(p.Key, p.Value) }

func entry(key, value string) *onnxpb.StringStringEntryProto {
	return &onnxpb.StringStringEntryProto{Key: &key, Value: &value}
}

func encodeOpsets(opsets map[string]int64) []*onnxpb.OperatorSetIdProto {
	var out []*onnxpb.OperatorSetIdProto
	for _, domain := range slices.Sorted(maps.Keys(opsets)) {
		out = append(out, &onnxpb.OperatorSetIdProto{Domain: &domain, Version: proto.Int64(opsets[domain])})
	}
	return out
}

func (e encoder) graph(g *Graph) *onnxpb.GraphProto {
	p := &onnxpb.GraphProto{
		Name:      &g.Name,
		DocString: optional(g.Doc),
		Node:      encodeAll(g.Nodes, e.node),
		Input:     encodeAll(g.Inputs, encodeValue),
		Output:    encodeAll(g.Outputs, encodeValue),
		ValueInfo: encodeAll(g.Values, encodeValue),
	}
	for _, t := range g.Initializers {
		encoded := encodeTensor(t)
		if e.external != nil {
			e.external.place(encoded)
		}
		p.Initializer = append(p.Initializer, encoded)
	}
	return p
}

func encodeAll[T, P any](values []T, encode func(T) P) []P {
	var out []P
	for _, v := range values {
		out = append(out, encode(v))
	}
	return out
}

func (e encoder) node(n *Node) *onnxpb.NodeProto {
	return &onnxpb.NodeProto{
		Name:      optional(n.Name),
		OpType:    &n.Op,
		Domain:    optional(n.Domain),
		Overload:  optional(n.Overload),
		Input:     n.Inputs,
		Output:    n.Outputs,
		Attribute: encodeAll(n.Attributes, e.attribute),
		DocString: optional(n.Doc),
	}
}

func (e encoder) attribute(a Attribute) *onnxpb.AttributeProto {
	p := &onnxpb.AttributeProto{
		Name:        &a.Name,
		Type:        onnxpb.AttributeProto_AttributeType(a.Type).Enum(),
		RefAttrName: optional(a.Ref),
	}
	if a.Ref != "" {
		return p
	}
	switch a.Type {
	case AttrFloat:
		p.F = &a.Float
	case AttrInt:
		p.I = &a.Int
	case AttrString:
		p.S = []byte(a.Str)
	case AttrFloats:
		p.Floats = a.Floats
	case AttrInts:
		p.Ints = a.Ints
	case AttrStrings:
		p.Strings = toBytes(a.Strings)
	case AttrTensor:
		p.T = encodeTensor(a.Tensor)
	case AttrGraph:
		p.G = e.graph(a.Graph)
	case AttrTensors:
		p.Tensors = encodeAll(a.Tensors, encodeTensor)
	case AttrGraphs:
		p.Graphs = encodeAll(a.Graphs, e.graph)
	}
	return p
}

func toBytes(values []string) [][]byte {
	out := make([][]byte, len(values))
	for i, s := range values {
		out[i] = []byte(s)
	}
	return out
}

func (e encoder) function(f *Function) *onnxpb.FunctionProto {
	return &onnxpb.FunctionProto{
		Domain:         &f.Domain,
		Name:           &f.Name,
		Overload:       optional(f.Overload),
		Input:          f.Inputs,
		Output:         f.Outputs,
		Attribute:      f.Attributes,
		AttributeProto: encodeAll(f.Defaults, e.attribute),
		Node:           encodeAll(f.Nodes, e.node),
		OpsetImport:    encodeOpsets(f.Opsets),
	}
}

// encodeTensor stores numbers as raw data. An empty tensor has no data field.
func encodeTensor(t *Tensor) *onnxpb.TensorProto {
	p := &onnxpb.TensorProto{
		Name:     optional(t.Name),
		DataType: proto.Int32(int32(t.Type)),
		Dims:     t.Dims,
	}
	switch {
	case t.Type == String:
		p.StringData = toBytes(t.Strings)
	case len(t.Data) > 0:
		p.RawData = t.Data
	}
	return p
}

func encodeValue(v *Value) *onnxpb.ValueInfoProto {
	p := &onnxpb.ValueInfoProto{Name: &v.Name, DocString: optional(v.Doc), MetadataProps: encodeAll(v.Metadata, encodeProperty)}
	if v.Type.Elem != Undefined {
		tensor := &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(v.Type.Elem)), Shape: encodeShape(v.Type.Shape)}
		p.Type = &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: tensor}}
	}
	return p
}

func encodeShape(s Shape) *onnxpb.TensorShapeProto {
	if s == nil {
		return nil
	}
	p := &onnxpb.TensorShapeProto{}
	for _, d := range s {
		dim := &onnxpb.TensorShapeProto_Dimension{}
		switch {
		case d.IsKnown():
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d.Size}
		case d.Symbol != "":
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: d.Symbol}
		}
		p.Dim = append(p.Dim, dim)
	}
	return p
}
