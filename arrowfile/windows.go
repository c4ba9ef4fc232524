package arrowfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"
)

// Programs that hold a table in one piece write it as one record batch, which
// may be larger than the memory: Arrow's reader would hold it twice. A record
// batch that is large is therefore read in windows of rows, each of which is
// handed on as a record batch of its own. Compressed ones cannot be cut.

// Variables for tests.
var (
	windowAbove int64 = 64 << 20 // body of a record batch that is cut
	windowBytes int64 = 16 << 20 // body of a window, about
)

// windows are what is left of a record batch that is cut.
type windows struct {
	src     *source
	fields  []arrow.Field
	version int16
	rows    int64 // of the record batch
	next    int64 // the first row of the next window
	step    int64
	nodes   []pair // of the columns and their children: length, nulls
	buffers []pair // offset in the body, length
	start   int64  // of the body, in the file
	size    int64
	body    []byte // of a window, used again
}

type pair struct{ a, b int64 }

// pairs reads a vector of structs of two int64.
func pairs(t flatbuffers.Table, id int) ([]pair, error) {
	start, n, err := vector(t, id, 16)
	if err != nil {
		return nil, err
	}
	out := make([]pair, n)
	for i := range out {
		at := flatbuffers.UOffsetT(start + 16*i)
		out[i] = pair{t.GetInt64(at), t.GetInt64(at + 8)}
	}
	return out, nil
}

// newWindows prepares to cut the record batch that meta describes; nil when it
// is none, is small or cannot be cut. Its body is at s.off.
func newWindows(s *source, meta []byte, size int64) (*windows, error) {
	root := flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}
	if size <= windowAbove || s.fields == nil || ipc.MessageType(root.GetByteSlot(slot(messageHeaderType), 0)) != ipc.MessageRecordBatch {
		return nil, nil
	}
	header, _ := child(root, messageHeader)
	if _, compressed := child(header, recordBatchCompression); compressed {
		return nil, nil
	}
	for _, f := range s.fields {
		if !divisible(f.Type) {
			return nil, nil
		}
	}
	w := &windows{
		src: s, fields: s.fields, version: root.GetInt16Slot(slot(messageVersion), 0),
		rows: header.GetInt64Slot(slot(recordBatchLength), 0), start: s.off, size: size,
	}
	var err error
	if w.nodes, err = pairs(header, recordBatchNodes); err != nil {
		return nil, err
	}
	if w.buffers, err = pairs(header, recordBatchBuffers); err != nil {
		return nil, err
	}
	if w.rows < 1 {
		return nil, nil // nothing to cut
	}
	perRow := max(1, size/w.rows)
	w.step = max(8, windowBytes/perRow/8*8) // bytes of bits are not cut
	return w, nil
}

// divisible reports whether a column of the type can be cut.
func divisible(dt arrow.DataType) bool {
	switch t := dt.(type) {
	case arrow.ExtensionType:
		return divisible(t.StorageType())
	case *arrow.FixedSizeListType:
		return divisible(t.Elem())
	case *arrow.ListType:
		return divisible(t.Elem())
	case *arrow.LargeListType:
		return divisible(t.Elem())
	case *arrow.StringType, *arrow.BinaryType, *arrow.LargeStringType, *arrow.LargeBinaryType, *arrow.NullType:
		return true
	case *arrow.StructType, *arrow.RunEndEncodedType:
		return false
	}
	fixed, ok := dt.(arrow.FixedWidthDataType)
	return ok && fixed.BitWidth() > 0 && (fixed.BitWidth() == 1 || fixed.BitWidth()%8 == 0)
}

// message returns the next window, io.EOF after the last.
func (w *windows) message() (*ipc.Message, error) {
	if w.next >= w.rows {
		return nil, io.EOF
	}
	from, to := w.next, min(w.next+w.step, w.rows)
	w.next = to
	c := cutter{windows: w, body: w.body[:0]}
	for _, f := range w.fields {
		if err := c.column(f.Type, from, to); err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	w.body = c.body
	return ipc.NewMessage(memory.NewBufferBytes(c.metadata(to-from)), memory.NewBufferBytes(c.body)), nil
}

// cutter makes one window.
type cutter struct {
	*windows
	node, buffer int // those of the record batch that come next

	body       []byte
	outNodes   []pair
	outBuffers []pair
}

// column appends rows [from, to) of the next column.
func (c *cutter) column(dt arrow.DataType, from, to int64) error {
	if e, ok := dt.(arrow.ExtensionType); ok {
		dt = e.StorageType()
	}
	if c.node >= len(c.nodes) {
		return ErrTruncated
	}
	node := c.nodes[c.node]
	c.node++
	if from < 0 || to < from || to > node.a {
		return fmt.Errorf("rows %d to %d of %d: %w", from, to, node.a, ErrTruncated)
	}
	at := len(c.outNodes)
	c.outNodes = append(c.outNodes, pair{a: to - from})
	if dt.ID() == arrow.NULL {
		c.outNodes[at].b = to - from
		return nil
	}
	nulls, err := c.validity(from, to, node.b != 0)
	if err != nil {
		return err
	}
	c.outNodes[at].b = nulls
	return c.values(dt, from, to)
}

// values appends what rows [from, to) of a column hold: numbers, texts, or rows of
// another column.
func (c *cutter) values(dt arrow.DataType, from, to int64) (err error) {
	switch t := dt.(type) {
	case *arrow.FixedSizeListType:
		n := int64(t.Len())
		return c.column(t.Elem(), from*n, to*n)
	case *arrow.ListType, *arrow.StringType, *arrow.BinaryType:
		from, to, err = c.offsets(from, to, 4)
	case *arrow.LargeListType, *arrow.LargeStringType, *arrow.LargeBinaryType:
		from, to, err = c.offsets(from, to, 8)
	default:
		width := int64(dt.(arrow.FixedWidthDataType).BitWidth())
		if width == 1 {
			return c.bits(from, to)
		}
		from, to = from*width/8, to*width/8
	}
	if err != nil {
		return err
	}
	if list, ok := dt.(arrow.ListLikeType); ok {
		return c.column(list.Elem(), from, to)
	}
	_, err = c.copy(from, to)
	return err
}

// copy appends bytes [from, to) of the next buffer, as a buffer of its own, and
// returns them.
func (c *cutter) copy(from, to int64) ([]byte, error) {
	b, err := c.read(from, to)
	if err != nil {
		return nil, err
	}
	c.buffer++
	c.outBuffers = append(c.outBuffers, pair{int64(len(c.body) - len(b)), int64(len(b))})
	for len(c.body)%8 != 0 {
		c.body = append(c.body, 0)
	}
	return b, nil
}

// read appends bytes [from, to) of the next buffer to the body.
func (c *cutter) read(from, to int64) ([]byte, error) {
	if c.buffer >= len(c.buffers) {
		return nil, ErrTruncated
	}
	b := c.buffers[c.buffer]
	if from < 0 || to < from || b.a < 0 || b.b < to || b.a > c.size-b.b {
		return nil, fmt.Errorf("bytes %d to %d of a buffer of %d: %w", from, to, b.b, ErrTruncated)
	}
	n := len(c.body)
	c.body = append(c.body, make([]byte, to-from)...)
	return c.body[n:], c.src.read(c.body[n:], c.start+b.a+from)
}

// validity appends the bits that say which rows are not null, none when all
// are, and counts those that are null.
func (c *cutter) validity(from, to int64, some bool) (nulls int64, err error) {
	if !some || c.buffer < len(c.buffers) && c.buffers[c.buffer].b == 0 {
		c.buffer++
		c.outBuffers = append(c.outBuffers, pair{int64(len(c.body)), 0})
		return 0, nil
	}
	at := len(c.outBuffers)
	if err := c.bits(from, to); err != nil {
		return 0, err
	}
	b := c.outBuffers[at]
	valid := 0
	for _, x := range c.body[b.a : b.a+b.b] {
		valid += bits.OnesCount8(x)
	}
	return to - from - int64(valid), nil
}

// bits appends bits [from, to) of the next buffer, moved to the beginning of a
// byte, the rest of the last byte cleared.
func (c *cutter) bits(from, to int64) error {
	b, err := c.copy(from/8, (to+7)/8)
	if err != nil {
		return err
	}
	if shift := uint(from % 8); shift > 0 {
		for i := range b {
			next := byte(0)
			if i+1 < len(b) {
				next = b[i+1]
			}
			b[i] = b[i]>>shift | next<<(8-shift)
		}
	}
	b = b[:(to-from+7)/8]
	if rest := (to - from) % 8; rest > 0 {
		b[len(b)-1] &= 1<<rest - 1
	}
	c.outBuffers[len(c.outBuffers)-1].b = int64(len(b))
	return nil
}

// offsets appends the offsets of rows [from, to), so that they begin at 0, and
// returns the range of values that they span.
func (c *cutter) offsets(from, to, width int64) (first, last int64, err error) {
	if from == to { // there may be no offsets at all
		c.buffer++
		c.outBuffers = append(c.outBuffers, pair{int64(len(c.body)), 0})
		return 0, 0, nil
	}
	b, err := c.copy(from*width, (to+1)*width)
	if err != nil {
		return 0, 0, err
	}
	for i := int64(0); i < int64(len(b)); i += width {
		at := b[i : i+width]
		var v int64
		if width == 4 {
			v = int64(int32(binary.LittleEndian.Uint32(at)))
		} else {
			v = int64(binary.LittleEndian.Uint64(at))
		}
		if i == 0 {
			first, last = v, v
		}
		if v < last || v < 0 {
			return 0, 0, fmt.Errorf("offset %d after %d: %w", v, last, ErrTruncated)
		}
		last = v
		if width == 4 {
			binary.LittleEndian.PutUint32(at, uint32(v-first))
		} else {
			binary.LittleEndian.PutUint64(at, uint64(v-first))
		}
	}
	return first, last, nil
}

// metadata is that of the window's message.
func (c *cutter) metadata(rows int64) []byte {
	b := flatbuffers.NewBuilder(64 + 16*(len(c.outNodes)+len(c.outBuffers)))
	structs := func(list []pair) flatbuffers.UOffsetT {
		b.StartVector(16, len(list), 8)
		for _, p := range slices.Backward(list) {
			b.Prep(8, 16)
			b.PrependInt64(p.b)
			b.PrependInt64(p.a)
		}
		return b.EndVector(len(list))
	}
	nodes, buffers := structs(c.outNodes), structs(c.outBuffers)
	b.StartObject(recordBatchBuffers + 1)
	b.PrependInt64Slot(recordBatchLength, rows, 0)
	b.PrependUOffsetTSlot(recordBatchNodes, nodes, 0)
	b.PrependUOffsetTSlot(recordBatchBuffers, buffers, 0)
	batch := b.EndObject()
	b.StartObject(messageBodyLength + 1)
	b.PrependInt64Slot(messageBodyLength, int64(len(c.body)), 0)
	b.PrependUOffsetTSlot(messageHeader, batch, 0)
	b.PrependInt16Slot(messageVersion, c.version, 0)
	b.PrependByteSlot(messageHeaderType, byte(ipc.MessageRecordBatch), 0)
	b.Finish(b.EndObject())
	return b.FinishedBytes()
}
