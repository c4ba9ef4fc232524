package tracking

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of TensorBoard's event files, written field by field: the few
// that are needed do not justify TensorFlow's generated code. The numbers are
// the field numbers of tensorflow/core/util/event.proto, framework/summary.proto
// and tensorboard/plugins/hparams/plugin_data.proto.

// castagnoli is the polynomial of record checksums.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is a record's checksum: CRC-32C, rotated and shifted, since checksums
// of data that hold checksums are weak.
func masked(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// writeRecord writes an event in the framing of TFRecord: length, its checksum,
// data, theirs; all little-endian. It is one Write.
func writeRecord(w io.Writer, event []byte) error {
	record := make([]byte, 0, len(event)+16)
	record = binary.LittleEndian.AppendUint64(record, uint64(len(event)))
	record = binary.LittleEndian.AppendUint32(record, masked(record))
	record = append(record, event...)
	record = binary.LittleEndian.AppendUint32(record, masked(event))
	_, err := w.Write(record)
	return err
}

// message appends the fields of a protocol buffer.
type message []byte

func (m *message) double(field protowire.Number, v float64) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed64Type)
	*m = protowire.AppendFixed64(*m, math.Float64bits(v))
}

func (m *message) float(field protowire.Number, v float32) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, math.Float32bits(v))
}

func (m *message) integer(field protowire.Number, v int64) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, v)
}

func (m *message) text(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

// event is an Event with a wall time, a step and, unless nil, a summary.
func event(wall time.Time, step int64, summary []byte) message {
	var m message
	m.double(1, seconds(wall))
	m.integer(2, step)
	if summary != nil {
		m.bytes(5, summary)
	}
	return m
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// versionEvent opens every event file.
func versionEvent(wall time.Time) message {
	var m message
	m.double(1, seconds(wall))
	m.text(3, "brain.Event:2")
	return m
}

// scalarEvent holds the values of one step.
func scalarEvent(wall time.Time, step int64, points []Point) message {
	var summary message
	for _, p := range points {
		var value message
		value.text(1, p.Name)
		value.float(2, float32(p.Value))
		summary.bytes(1, value)
	}
	return event(wall, step, summary)
}

// sessionStart is the hparams plugin's SessionStartInfo.
func sessionStart(wall time.Time, params []Param) message {
	var start message
	for _, p := range params {
		var entry message
		entry.text(1, p.Name)
		entry.bytes(2, protoValue(p.Value))
		start.bytes(1, entry)
	}
	start.double(5, seconds(wall))
	var data message
	data.bytes(3, start)
	return hparamsEvent(wall, "_hparams_/session_start_info", data)
}

// sessionEnd is the hparams plugin's SessionEndInfo.
func sessionEnd(wall time.Time, s Status) message {
	const success, failure = 1, 2
	var end message
	end.integer(1, map[Status]int64{Finished: success, Failed: failure}[s])
	end.double(2, seconds(wall))
	var data message
	data.bytes(4, end)
	return hparamsEvent(wall, "_hparams_/session_end_info", data)
}

// hparamsEvent wraps data of the hparams plugin; a summary needs a value, so it
// gets an empty tensor.
func hparamsEvent(wall time.Time, tag string, data message) message {
	var plugin, metadata, dimension, shape, tensor, value, summary message
	plugin.text(1, "hparams")
	plugin.bytes(2, data)
	metadata.bytes(1, plugin)
	dimension.integer(1, 0)
	shape.bytes(2, dimension)
	tensor.integer(1, 1) // DT_FLOAT
	tensor.bytes(2, shape)
	value.text(1, tag)
	value.bytes(8, tensor)
	value.bytes(9, metadata)
	summary.bytes(1, value)
	return event(wall, 0, summary)
}

// protoValue is a google.protobuf.Value.
func protoValue(v any) message {
	var m message
	switch v := v.(type) {
	case bool:
		m.integer(4, map[bool]int64{true: 1}[v])
	case int:
		m.double(2, float64(v))
	case int64:
		m.double(2, float64(v))
	case float64:
		m.double(2, v)
	case string:
		m.text(3, v)
	default:
		panic("tracking: a parameter is neither bool, number nor text")
	}
	return m
}
