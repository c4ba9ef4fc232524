package arrowfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// The framing of Arrow IPC, https://arrow.apache.org/docs/format/Columnar.html:
// a stream is a sequence of messages, each a continuation marker, the length of
// its metadata (0 ends the stream), the metadata and a body; a file is a stream
// between magics with a footer that lists the messages.
const (
	magic        = "ARROW1"
	streamStart  = 8 // in a file, after the magic and its padding
	trailer      = 4 + len(magic)
	continuation = 0xFFFFFFFF
)

// ErrTruncated is what errors of files that end too early or contradict
// themselves wrap.
var ErrTruncated = errors.New("the file is truncated or corrupted")

// source hands the messages of an Arrow file or stream to arrow's stream reader,
// having checked every announced size against what the file holds. Arrow v15's
// own readers allocate what they are told, and take a stream that ends inside a
// message's metadata for one that ends properly.
type source struct {
	r      io.ReaderAt
	off    int64   // where the next message of a stream begins
	end    int64   // where the last message must have ended
	schema []byte  // of a file: the metadata of its first message, until delivered
	blocks []int64 // of a file: where the messages yet to come begin
	isFile bool
	pool   *recycler // of message bodies and column buffers
	mem    *boundedAllocator
	msg    *ipc.Message

	fields []arrow.Field // of the schema, once it is known: large record batches are cut
	cut    *windows      // of the record batch that is being cut; nil for none
	begun  bool          // whether the last message went on with the record batch before
}

var _ ipc.MessageReader = (*source)(nil)

func newSource(r io.ReaderAt, size int64, allocator memory.Allocator) (*source, error) {
	pool := newRecycler(allocator)
	s := &source{r: r, end: size, pool: pool, mem: &boundedAllocator{Allocator: pool, limit: minBufferLimit, most: unpacked(size, minTotalLimit)}}
	head := make([]byte, min(size, streamStart))
	if err := s.read(head, 0); err != nil {
		return nil, err
	}
	switch kind := string(head[:min(len(head), 4)]); {
	case size == 0:
		return nil, errors.New("the file is empty")
	case len(head) >= len(magic) && string(head[:len(magic)]) == magic:
		return s, s.readFooter(size)
	case kind == "FEA1":
		return nil, errors.New("this is Feather version 1; write it again as version 2, an Arrow IPC file")
	case kind == "PAR1":
		return nil, errors.New("this is Parquet; write it again as an Arrow IPC file")
	}
	return s, nil
}

// readFooter takes the schema of a file and lists its other messages: every
// dictionary, every record batch.
func (s *source) readFooter(size int64) error {
	s.isFile = true
	if size < int64(streamStart+trailer) {
		return ErrTruncated
	}
	tail := make([]byte, trailer)
	if err := s.read(tail, size-int64(trailer)); err != nil {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(tail))
	s.end = size - int64(trailer) - length
	if string(tail[4:]) != magic || length == 0 || s.end < streamStart {
		return fmt.Errorf("no Arrow footer at the end: %w", ErrTruncated)
	}
	footer := make([]byte, length)
	if err := s.read(footer, s.end); err != nil {
		return err
	}
	return Protect(func() error {
		dictionaries, err := footerOffsets(footer, footerDictionaries)
		if err != nil {
			return err
		}
		batches, err := footerOffsets(footer, footerBatches)
		if err != nil {
			return err
		}
		s.blocks = append(dictionaries, batches...)
		s.schema, err = schemaMessage(footer)
		return err
	})
}

// Message returns the next message, valid until the next call, or io.EOF.
func (s *source) Message() (*ipc.Message, error) {
	s.release()
	if s.begun = s.cut != nil; s.begun {
		msg, err := s.nextWindow()
		if msg != nil || err != nil {
			return msg, err
		}
		s.begun = false
	}
	switch {
	case s.schema != nil:
		_, err := checkMetadata(s.schema)
		s.msg = ipc.NewMessage(memory.NewBufferBytes(s.schema), memory.NewBufferBytes(nil))
		s.schema = nil
		return s.msg, err
	case s.isFile && len(s.blocks) > 0:
		s.off, s.blocks = s.blocks[0], s.blocks[1:]
	case s.isFile || s.off == s.end: // the end-of-stream marker is optional
		return nil, io.EOF
	}
	start := s.off
	err := s.readMessage()
	switch {
	case errors.Is(err, io.EOF) && s.isFile:
		return nil, fmt.Errorf("no message at byte %d, where the footer lists one: %w", start, ErrTruncated)
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, fmt.Errorf("message at byte %d: %w", start, err)
	}
	return s.msg, nil
}

// readMessage reads the message at s.off into s.msg and moves on; io.EOF is the
// end-of-stream marker.
func (s *source) readMessage() error {
	length, err := s.word()
	if err == nil && length == continuation {
		length, err = s.word()
	}
	if err != nil {
		return err
	}
	if length == 0 {
		return io.EOF
	}
	meta, err := s.bytes("metadata", int64(length), func(n int) []byte { return make([]byte, n) })
	if err != nil {
		return err
	}
	size, err := checkMetadata(meta)
	if err != nil {
		return err
	}
	if cut, err := s.cutMessage(meta, size); cut || err != nil {
		return err
	}
	body := memory.NewResizableBuffer(s.pool)
	defer body.Release()
	if _, err := s.bytes("body", size, func(n int) []byte { body.Resize(n); return body.Bytes() }); err != nil {
		return err
	}
	s.mem.limit = unpacked(size, minBufferLimit)
	s.msg = ipc.NewMessage(memory.NewBufferBytes(meta), body)
	return nil
}

// cutMessage begins to cut a large record batch, whose body is next.
func (s *source) cutMessage(meta []byte, size int64) (cut bool, err error) {
	if left := s.end - s.off; size < 0 || size > left {
		return false, nil // an error that bytes reports
	}
	err = Protect(func() error {
		s.cut, err = newWindows(s, meta, size)
		return err
	})
	if s.cut == nil || err != nil {
		return false, err
	}
	s.off += size
	_, err = s.nextWindow()
	return true, err
}

// nextWindow makes the next window of the record batch that is being cut the
// message; after the last there is none.
func (s *source) nextWindow() (msg *ipc.Message, err error) {
	err = Protect(func() error {
		msg, err = s.cut.message()
		return err
	})
	if errors.Is(err, io.EOF) {
		s.cut = nil
		return nil, nil
	}
	s.msg = msg
	if msg != nil {
		s.mem.limit = max(minBufferLimit, len(s.cut.body)+64) // it is not compressed, and arrow rounds up to 64 bytes
	}
	return msg, err
}

// word reads a little-endian uint32.
func (s *source) word() (uint32, error) {
	b, err := s.bytes("length", 4, func(n int) []byte { return make([]byte, n) })
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

// bytes reads n bytes into what alloc returns, after checking that the file has
// so many.
func (s *source) bytes(what string, n int64, alloc func(int) []byte) ([]byte, error) {
	if left := s.end - s.off; s.off < 0 || n < 0 || n > left {
		return nil, fmt.Errorf("%d bytes of %s announced, %d left: %w", n, what, max(left, 0), ErrTruncated)
	}
	b := alloc(int(n))
	if err := s.read(b, s.off); err != nil {
		return nil, err
	}
	s.off += n
	return b, nil
}

func (s *source) read(b []byte, off int64) error {
	if n, err := s.r.ReadAt(b, off); n < len(b) {
		if errors.Is(err, io.EOF) { // the file shrank; arrow takes io.EOF for a proper end
			return ErrTruncated
		}
		return err
	}
	return nil
}

// Retain and Release are arrow's reference count; a source has one owner.
func (s *source) Retain() {}

// Release frees the current message and all memory that is kept for the next.
func (s *source) Release() {
	s.release()
	s.pool.close()
}

func (s *source) release() {
	if s.msg != nil {
		s.msg.Release()
		s.msg = nil
	}
}

// A compressed buffer states its size. Features and labels do not shrink a
// thousandfold; messages and files that claim so are corrupted.
const maxCompression = 1000

// Variables for tests.
var (
	minBufferLimit = 64 << 20  // of small messages
	minTotalLimit  = 256 << 20 // of small files
)

// unpacked is how many bytes so many in a file may unpack to.
func unpacked(size int64, least int) int {
	return max(least, int(min(size, 1<<40))*maxCompression)
}

// boundedAllocator refuses buffers that are too large to be true, or too many:
// of a thousand columns each may claim little enough.
type boundedAllocator struct {
	memory.Allocator
	limit int // bytes of a buffer
	most  int // of all at a time
	live  int // of those there are
}

func (a *boundedAllocator) Allocate(size int) []byte {
	a.claim(size, 0)
	return a.Allocator.Allocate(size)
}

func (a *boundedAllocator) Reallocate(size int, b []byte) []byte {
	a.claim(size, len(b))
	return a.Allocator.Reallocate(size, b)
}

func (a *boundedAllocator) Free(b []byte) {
	a.live -= len(b)
	a.Allocator.Free(b)
}

// claim takes size bytes in place of before.
func (a *boundedAllocator) claim(size, before int) {
	if size > a.limit {
		panic(fmt.Sprintf("a buffer claims %d bytes", size))
	}
	live := a.live - before + size
	if live > a.most {
		panic(fmt.Sprintf("its buffers claim %d bytes", live))
	}
	a.live = live
}
