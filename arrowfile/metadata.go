package arrowfile

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow/ipc"
	flatbuffers "github.com/google/flatbuffers/go"
)

// The flatbuffer tables of Arrow's format/Message.fbs, Schema.fbs and File.fbs,
// as far as their sizes matter: the ids of the fields that hold them.
const (
	messageVersion, messageHeaderType, messageHeader, messageBodyLength = 0, 1, 2, 3

	schemaFields, schemaMetadata = 1, 2
	fieldChildren, fieldMetadata = 5, 6

	dictionaryData = 1

	recordBatchLength, recordBatchNodes, recordBatchBuffers = 0, 1, 2
	recordBatchCompression, recordBatchViews                = 3, 4

	footerSchema, footerDictionaries, footerBatches = 1, 2, 3

	blockSize = 24 // struct {offset int64, metadata int32, body int64}
)

// maxNesting is the depth of types that arrow's reader accepts as well.
const maxNesting = 64

// fieldCheck walks the fields of a schema.
type fieldCheck struct {
	budget int // fields still to come: more than fit mean that some are shared
}

// checkMetadata checks the flatbuffer metadata of a message and returns the
// length of the body that follows it. Arrow v15 allocates the length of any
// vector it finds there, for which the runtime may kill the process, and follows
// tables wherever they lead. What remains are panics, which can be recovered.
func checkMetadata(meta []byte) (body int64, err error) {
	err = Protect(func() error {
		root := flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}
		body = root.GetInt64Slot(slot(messageBodyLength), 0)
		header, ok := child(root, messageHeader)
		if !ok {
			return ErrTruncated
		}
		switch ipc.MessageType(root.GetByteSlot(slot(messageHeaderType), 0)) {
		case ipc.MessageSchema:
			c := fieldCheck{budget: len(meta) / flatbuffers.SizeUOffsetT}
			return c.check(header, schemaFields, schemaMetadata, 0)
		case ipc.MessageDictionaryBatch:
			if header, ok = child(header, dictionaryData); !ok {
				return ErrTruncated
			}
			return checkViews(header)
		case ipc.MessageRecordBatch:
			return checkViews(header)
		}
		return nil
	})
	return body, err
}

func slot(id int) flatbuffers.VOffsetT { return flatbuffers.VOffsetT(4 + 2*id) }

// child returns the table that field id of t refers to.
func child(t flatbuffers.Table, id int) (flatbuffers.Table, bool) {
	field := flatbuffers.UOffsetT(t.Offset(slot(id)))
	if field == 0 {
		return flatbuffers.Table{}, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Pos + field)}, true
}

// vector returns where the vector in field id of t begins and how many elements
// of the given size it has; a missing one has none.
func vector(t flatbuffers.Table, id, size int) (start, n int, err error) {
	field := flatbuffers.UOffsetT(t.Offset(slot(id)))
	if field == 0 {
		return 0, 0, nil
	}
	start, n = int(t.Vector(field)), t.VectorLen(field)
	if left := len(t.Bytes) - start; n < 0 || left < 0 || n > left/size {
		return 0, 0, fmt.Errorf("a list of %d entries in %d bytes of metadata: %w", n, len(t.Bytes), ErrTruncated)
	}
	return start, n, nil
}

// check checks the fields of a schema, or the children of a field.
func (c *fieldCheck) check(t flatbuffers.Table, fields, keyValues, depth int) error {
	if _, _, err := vector(t, keyValues, flatbuffers.SizeUOffsetT); err != nil {
		return err
	}
	start, n, err := vector(t, fields, flatbuffers.SizeUOffsetT)
	if err != nil {
		return err
	}
	if c.budget -= n; c.budget < 0 || depth > maxNesting {
		return fmt.Errorf("the schema nests without end: %w", ErrTruncated)
	}
	for i := range n {
		at := t.Indirect(flatbuffers.UOffsetT(start + i*flatbuffers.SizeUOffsetT))
		field := flatbuffers.Table{Bytes: t.Bytes, Pos: at}
		if err := c.check(field, fieldChildren, fieldMetadata, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkViews checks the counts of buffers that columns of views have.
func checkViews(batch flatbuffers.Table) error {
	const bufferSize, countSize = 16, 8
	_, buffers, err := vector(batch, recordBatchBuffers, bufferSize)
	if err != nil {
		return err
	}
	start, n, err := vector(batch, recordBatchViews, countSize)
	if err != nil {
		return err
	}
	for i := range n {
		count := batch.GetInt64(flatbuffers.UOffsetT(start + i*countSize))
		if count < 0 || count > int64(buffers) {
			return fmt.Errorf("a column of %d buffers among %d: %w", count, buffers, ErrTruncated)
		}
	}
	return nil
}

// schemaMessage makes the metadata of a schema message from the schema in a
// file's footer: a Message table before it that refers to it. The schema message
// at the beginning of a file serves nobody, and polars frames it wrongly.
func schemaMessage(footer []byte) ([]byte, error) {
	const vtable, table, end = 4, 16, 32
	t := flatbuffers.Table{Bytes: footer, Pos: flatbuffers.GetUOffsetT(footer)}
	schema, ok := child(t, footerSchema)
	if !ok {
		return nil, ErrTruncated
	}

	b := make([]byte, end, end+len(footer))
	flatbuffers.WriteUOffsetT(b, table)
	for i, v := range []uint16{10, 12, 10, 8, 4} { // lengths of vtable and table; version, header type, header
		flatbuffers.WriteUint16(b[vtable+2*i:], v)
	}
	flatbuffers.WriteSOffsetT(b[table:], table-vtable)
	flatbuffers.WriteUOffsetT(b[table+4:], end+schema.Pos-(table+4))
	flatbuffers.WriteByte(b[table+8:], byte(ipc.MessageSchema))
	flatbuffers.WriteInt16(b[table+10:], int16(ipc.MetadataV5))
	return append(b, footer...), nil
}

// footerOffsets returns where the messages in one of the footer's lists begin.
func footerOffsets(footer []byte, id int) ([]int64, error) {
	t := flatbuffers.Table{Bytes: footer, Pos: flatbuffers.GetUOffsetT(footer)}
	start, n, err := vector(t, id, blockSize)
	offsets := make([]int64, n)
	for i := range offsets {
		offsets[i] = t.GetInt64(flatbuffers.UOffsetT(start + i*blockSize))
	}
	return offsets, err
}
