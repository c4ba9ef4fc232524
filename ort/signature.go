package ort

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// overridable is the first ir_version in which a caller may replace an input's initializer.
const overridable = 4

// signature reads the inputs and outputs off a model's bytes, as the model declares them. The runtime's own lists leave inputs with
// a default initializer out and do not tell rank 0 from an unknown rank, so that it would take a vector for a scalar without a word.
func signature(model []byte) (inputs, outputs []IO, err error) {
	var version uint64
	initialized := map[string]bool{}
	err = eachField(model, func(field protowire.Number, number uint64, graph []byte) error {
		switch field {
		case 1: // ModelProto.ir_version
			version = number
		case 7: // ModelProto.graph
			return eachField(graph, func(field protowire.Number, _ uint64, b []byte) error {
				switch field {
				case 5: // GraphProto.initializer
					name, err := tensorName(b)
					initialized[name] = true
					return err
				case 11: // GraphProto.input
					return appendValueInfo(&inputs, b)
				case 12: // GraphProto.output
					return appendValueInfo(&outputs, b)
				}
				return nil
			})
		}
		return nil
	})
	for i := range inputs {
		inputs[i].Default = initialized[inputs[i].Name]
	}
	if version < overridable {
		inputs = slices.DeleteFunc(inputs, func(io IO) bool { return io.Default })
	}
	return inputs, outputs, err
}

// tensorName is a TensorProto's name.
func tensorName(b []byte) (name string, err error) {
	err = eachField(b, func(field protowire.Number, _ uint64, b []byte) error {
		if field == 8 {
			name = string(b)
		}
		return nil
	})
	return name, err
}

// appendValueInfo reads a ValueInfoProto: name 1, type 2.
func appendValueInfo(list *[]IO, b []byte) error {
	var io IO
	err := eachField(b, func(field protowire.Number, _ uint64, b []byte) error {
		switch field {
		case 1:
			io.Name = string(b)
		case 2:
			return io.readType(b)
		}
		return nil
	})
	*list = append(*list, io)
	return err
}

// readType reads a TypeProto: tensor_type 1 {elem_type 1, shape 2}. Its other kinds leave the DType 0, which no Buffer has.
func (io *IO) readType(b []byte) error {
	return eachField(b, func(field protowire.Number, _ uint64, b []byte) error {
		if field != 1 {
			return nil
		}
		return eachField(b, func(field protowire.Number, number uint64, b []byte) error {
			switch field {
			case 1:
				io.DType = DType(number)
			case 2:
				io.Shape = []int64{}
				return io.readShape(b)
			}
			return nil
		})
	})
}

// readShape reads a TensorShapeProto: dim 1 {dim_value 1, dim_param 2}.
func (io *IO) readShape(b []byte) error {
	return eachField(b, func(field protowire.Number, _ uint64, b []byte) error {
		if field != 1 {
			return nil
		}
		dim := int64(-1)
		err := eachField(b, func(field protowire.Number, number uint64, _ []byte) error {
			if field == 1 {
				dim = int64(number)
			}
			return nil
		})
		io.Shape = append(io.Shape, dim)
		return err
	})
}

// eachField calls visit for every field of a protobuf message, with its number or its bytes; it copies nothing.
func eachField(b []byte, visit func(field protowire.Number, number uint64, bytes []byte) error) error {
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("not a protobuf message: %w", protowire.ParseError(n))
		}
		b = b[n:]
		var number uint64
		var bytes []byte
		switch kind {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(field, kind, b)
		}
		if n < 0 {
			return fmt.Errorf("not a protobuf message: field %d: %w", field, protowire.ParseError(n))
		}
		b = b[n:]
		if err := visit(field, number, bytes); err != nil {
			return err
		}
	}
	return nil
}
