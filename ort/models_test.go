package ort_test

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/memdil/memdil/ort"
)

// The tests' models are written by hand as protobuf, field numbers of onnx.proto beside them, so that nothing of memdil's own
// ONNX code can hide an error of this package's.

type message []byte

func (m message) text(field protowire.Number, s string) message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func (m message) sub(field protowire.Number, sub []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), sub)
}

func (m message) number(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

// node is a NodeProto: input 1, output 2, op_type 4.
func node(op string, inputs []string, outputs ...string) []byte {
	var m message
	for _, in := range inputs {
		m = m.text(1, in)
	}
	for _, out := range outputs {
		m = m.text(2, out)
	}
	return m.text(4, op)
}

// value is a ValueInfoProto: name 1, type 2 {tensor_type 1 {elem_type 1, shape 2 {dim 1 {dim_value 1 | dim_param 2}}}}.
// Dimensions are int or string; unknownRank leaves the shape out.
func value(name string, t ort.DType, dims ...any) []byte {
	var shape message
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			shape = shape.sub(1, message{}.number(1, int64(d)))
		case string:
			shape = shape.sub(1, message{}.text(2, d))
		}
	}
	tensor := message{}.number(1, int64(t)).sub(2, shape)
	return message{}.text(1, name).sub(2, message{}.sub(1, tensor))
}

// floats is a float32 TensorProto: dims 1, data_type 2, float_data 4, name 8.
func floats(name string, dims []int64, values ...float32) []byte {
	var m message
	for _, d := range dims {
		m = m.number(1, d)
	}
	m = m.number(2, int64(ort.Float32))
	for _, v := range values {
		m = protowire.AppendFixed32(protowire.AppendTag(m, 4, protowire.Fixed32Type), float32bits(v))
	}
	return m.text(8, name)
}

// graph is a GraphProto's parts.
type graph struct {
	nodes, initializers, inputs, outputs [][]byte
}

// model is a ModelProto: ir_version 1, graph 7 {node 1, name 2, initializer 5, input 11, output 12}, opset_import 8 {version 2}.
func (g graph) model() []byte {
	var m message
	for _, n := range g.nodes {
		m = m.sub(1, n)
	}
	m = m.text(2, "test")
	for _, t := range g.initializers {
		m = m.sub(5, t)
	}
	for _, v := range g.inputs {
		m = m.sub(11, v)
	}
	for _, v := range g.outputs {
		m = m.sub(12, v)
	}
	return message{}.number(1, 10).sub(7, m).sub(8, message{}.number(2, 18))
}

// momentum is one optimizer step on a square loss: with the gradient g = 2(w·s − x),
// next.v = ½v + g, next.w = w − lr·next.v, and loss = mean (w·s − x)². lr and loss are of rank 0; v and s have default values.
func momentum() []byte {
	return graph{
		nodes: [][]byte{
			node("Mul", []string{"w", "s"}, "ws"),
			node("Sub", []string{"ws", "x"}, "e"),
			node("Mul", []string{"e", "e"}, "ee"),
			node("ReduceMean", []string{"ee"}, "m"),
			node("Squeeze", []string{"m"}, "loss"),
			node("Add", []string{"e", "e"}, "g"),
			node("Mul", []string{"v", "half"}, "hv"),
			node("Add", []string{"hv", "g"}, "next.v"),
			node("Mul", []string{"next.v", "lr"}, "u"),
			node("Sub", []string{"w", "u"}, "next.w"),
		},
		initializers: [][]byte{
			floats("half", nil, 0.5),
			floats("s", nil, 1),
			floats("v", []int64{1}, 0),
		},
		inputs: [][]byte{
			value("x", ort.Float32, "n"), value("w", ort.Float32, "n"), value("lr", ort.Float32),
			value("s", ort.Float32), value("v", ort.Float32, "k"),
		},
		outputs: [][]byte{
			value("loss", ort.Float32), value("next.w", ort.Float32, "n"), value("next.v", ort.Float32, "n"),
		},
	}.model()
}
