package graphs

import (
	"bytes"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// wireModel returns the message of a small valid model: y = Relu(x).
func wireModel() *onnxpb.ModelProto {
	m := NewModel("net", 18)
	m.Graph.Inputs = []*Value{{Name: "x", Type: Type{Float32, Shape{Symbolic("N")}}}}
	m.Graph.Outputs = []*Value{{Name: "y", Type: Type{Float32, Shape{Symbolic("N")}}}}
	m.Graph.Nodes = []*Node{{Name: "act", Op: "Relu", Inputs: []string{"x"}, Outputs: []string{"y"}}}
	return encoder{}.model(m)
}

func wireBytes(t testing.TB, p *onnxpb.ModelProto) []byte {
	t.Helper()
	data, err := proto.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDecodeRefusesBadTensor(t *testing.T) {
	tensor := func(t DType, dims []int64, set func(*onnxpb.TensorProto)) *onnxpb.TensorProto {
		p := &onnxpb.TensorProto{Name: proto.String("w"), DataType: proto.Int32(int32(t)), Dims: dims}
		if set != nil {
			set(p)
		}
		return p
	}
	small := func(values ...int32) func(*onnxpb.TensorProto) {
		return func(p *onnxpb.TensorProto) { p.Int32Data = values }
	}
	for _, test := range []struct {
		name   string
		tensor *onnxpb.TensorProto
		want   string
	}{
		{"negative dim", tensor(Float32, []int64{-1}, nil), "-1 is negative"},
		{"negative beside zero", tensor(Float32, []int64{0, -1}, nil), "-1 is negative"},
		{"overflow", tensor(Float32, []int64{1 << 40, 1 << 40}, nil), "too large"},
		{"huge", tensor(Float64, []int64{1 << 40}, nil), "needs"},
		{"most", tensor(Int8, []int64{math.MaxInt64}, nil), "needs"},
		{"raw too short", tensor(Float32, []int64{2}, func(p *onnxpb.TensorProto) { p.RawData = make([]byte, 7) }), "holds 7 bytes"},
		{"too many values", tensor(Int64, []int64{1}, func(p *onnxpb.TensorProto) { p.Int64Data = []int64{1, 2} }), "holds 16 bytes"},
		{"data of another type", tensor(Int64, []int64{1}, small(1)), "holds 0 bytes"},
		{"int8 out of range", tensor(Int8, []int64{1}, small(128)), "128 does not fit into int8"},
		{"bool out of range", tensor(Bool, []int64{1}, small(2)), "2 does not fit into bool"},
		{"uint32 out of range", tensor(Uint32, []int64{1}, func(p *onnxpb.TensorProto) { p.Uint64Data = []uint64{1 << 32} }), "does not fit into uint32"},
		{"strings missing", tensor(String, []int64{2}, nil), "holds 0 strings"},
		{"raw strings", tensor(String, []int64{1}, func(p *onnxpb.TensorProto) { p.RawData = []byte{1} }), "string_data"},
		{"no type", tensor(Undefined, []int64{1}, nil), "not supported"},
		{"4-bit type", tensor(22, []int64{1}, small(1)), "not supported"},
		{"segment", tensor(Float32, nil, func(p *onnxpb.TensorProto) { p.Segment = &onnxpb.TensorProto_Segment{} }), "segments"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := wireModel()
			p.Graph.Initializer = append(p.Graph.Initializer, test.tensor)
			_, err := Decode(wireBytes(t, p))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `tensor "w"`) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestDecodeRefusesModel(t *testing.T) {
	node := func(op string, inputs, outputs []string) *onnxpb.NodeProto {
		return &onnxpb.NodeProto{OpType: &op, Input: inputs, Output: outputs}
	}
	for _, test := range []struct {
		name   string
		change func(*onnxpb.ModelProto)
		want   string
	}{
		{"no opset", func(p *onnxpb.ModelProto) { p.OpsetImport = nil }, "opset_import"},
		{"old ir_version", func(p *onnxpb.ModelProto) { p.IrVersion = proto.Int64(2) }, "ir_version 2"},
		{"domain in two versions", func(p *onnxpb.ModelProto) {
			p.OpsetImport = append(p.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String("ai.onnx"), Version: proto.Int64(9)})
		}, "versions 18 and 9"},
		{"sparse", func(p *onnxpb.ModelProto) {
			p.Graph.SparseInitializer = []*onnxpb.SparseTensorProto{{Values: &onnxpb.TensorProto{Name: proto.String("s")}}}
		}, `initializer "s" is sparse`},
		{"sequence input", func(p *onnxpb.ModelProto) {
			p.Graph.Input[0].Type = &onnxpb.TypeProto{Value: &onnxpb.TypeProto_SequenceType{SequenceType: &onnxpb.TypeProto_Sequence{}}}
		}, `graph input "x"`},
		{"map output", func(p *onnxpb.ModelProto) {
			p.Graph.Output[0].Type = &onnxpb.TypeProto{Value: &onnxpb.TypeProto_MapType{MapType: &onnxpb.TypeProto_Map{}}}
		}, `graph output "y"`},
		{"cycle", func(p *onnxpb.ModelProto) {
			p.Graph.Node = append(p.Graph.Node, node("Add", []string{"x", "b"}, []string{"a"}), node("Neg", []string{"a"}, []string{"b"}))
		}, "cycle"},
		{"two producers", func(p *onnxpb.ModelProto) {
			p.Graph.Node = append(p.Graph.Node, node("Neg", []string{"x"}, []string{"y"}))
		}, `Relu node "act" and Neg node "y" both produce "y"`},
		{"no producer", func(p *onnxpb.ModelProto) { p.Graph.Node[0].Input[0] = "lost" }, `Relu node "act": nothing produces its input "lost"`},
		{"output without producer", func(p *onnxpb.ModelProto) { p.Graph.Output[0].Name = proto.String("lost") }, `graph output "lost"`},
		{"attribute of a type", func(p *onnxpb.ModelProto) {
			p.Graph.Node[0].Attribute = []*onnxpb.AttributeProto{{Name: proto.String("a"), Type: onnxpb.AttributeProto_TYPE_PROTO.Enum()}}
		}, `Relu node "act": attribute "a"`},
		{"deep nesting", func(p *onnxpb.ModelProto) {
			for range 200 {
				outer := wireModel().Graph
				outer.Node[0].Attribute = []*onnxpb.AttributeProto{{Name: proto.String("a"), Type: onnxpb.AttributeProto_GRAPH.Enum(), G: p.Graph}}
				p.Graph = outer
			}
		}, "nested deeper"},
		{"attribute without graph", func(p *onnxpb.ModelProto) {
			p.Graph.Node[0].Attribute = []*onnxpb.AttributeProto{{Name: proto.String("a"), Type: onnxpb.AttributeProto_GRAPH.Enum()}}
		}, "holds no graph"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := wireModel()
			test.change(p)
			if _, err := Decode(wireBytes(t, p)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestDecodeOldStyle reads a model of ir_version 3, whose initializers are
// inputs, with the long name of the standard domain, nodes out of order and a
// dimension given as −1.
func TestDecodeOldStyle(t *testing.T) {
	p := wireModel()
	p.IrVersion = proto.Int64(3)
	p.OpsetImport[0].Domain = proto.String("ai.onnx")
	p.Graph.Name = nil
	p.Graph.Input[0].Type.GetTensorType().Shape.Dim[0].Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: -1}
	p.Graph.Input = append(p.Graph.Input, encodeValue(&Value{Name: "w", Type: Type{Float32, StaticShape(1)}}))
	p.Graph.Initializer = []*onnxpb.TensorProto{encodeTensor(NewFloats("w", []int64{1}, []float32{2}))}
	relu := p.Graph.Node[0]
	relu.Input[0] = "h"
	mul := encoder{}.node(&Node{Op: "Mul", Domain: "ai.onnx", Inputs: []string{"x", "w"}, Outputs: []string{"h"}})
	p.Graph.Node = []*onnxpb.NodeProto{relu, mul}

	m, err := Decode(wireBytes(t, p))
	if err != nil {
		t.Fatal(err)
	}
	if m.Opset() != 18 || m.Graph.Nodes[0].Op != "Mul" || m.Graph.Nodes[0].Domain != "" || m.Graph.Name == "" {
		t.Errorf("read\n%s", Text(m))
	}
	if required := m.Graph.RequiredInputs(); len(required) != 1 || required[0].Type.Shape[0] != UnknownDim {
		t.Errorf("required inputs %v", required)
	}
}

func TestEncodeKeepsEverything(t *testing.T) {
	want := syntaxModel()
	data, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Encode(got)
	if err != nil || !bytes.Equal(again, data) {
		t.Errorf("encoded again: %v, %d bytes, not the %d before", err, len(again), len(data))
	}
	if !reflect.DeepEqual(got.Graph.Initializers, want.Graph.Initializers) || !reflect.DeepEqual(got.Functions[0].Defaults, want.Functions[0].Defaults) {
		t.Error("initializers or functions changed")
	}
}

// FuzzDecode checks that no bytes make Decode panic and that what it accepts
// survives being written.
func FuzzDecode(f *testing.F) {
	for _, path := range goldenModels(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 15_000 { // larger seeds only slow the search
			f.Add(data)
		}
	}
	for _, m := range []*onnxpb.ModelProto{wireModel(), encoder{}.model(syntaxModel())} {
		f.Add(wireBytes(f, m))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		encoded, err := Encode(m)
		if err != nil {
			t.Fatalf("encode what was read: %v", err)
		}
		again, err := Decode(encoded)
		if err != nil {
			t.Fatalf("decode what was written: %v", err)
		}
		if Text(again) != Text(m) {
			t.Fatal("the model changed by being written")
		}
	})
}
