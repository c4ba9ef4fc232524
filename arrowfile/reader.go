package arrowfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Reader iterates over the record batches of one Arrow file or stream. It is for
// one goroutine at a time.
type Reader struct {
	file   *os.File
	reader *ipc.Reader
	source *source
	batch  int   // index of the current record batch
	begins int64 // its first row, in the table
	first  int64 // the first row of what Next returned, which is a part of it when it is large
	rows   int64 // in that
}

// Open opens the Arrow file or stream at path; the allocator provides the memory
// of its record batches. The errors of this function and of the Reader do not
// name the file, see [ReadError].
func Open(path string, allocator memory.Allocator) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	r, err := newReader(file, allocator)
	if err != nil {
		file.Close()
		return nil, err
	}
	return r, nil
}

func newReader(file *os.File, allocator memory.Allocator) (*Reader, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, reason(err)
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: file.Name(), Err: syscall.EISDIR}
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file; write the stream to a file first")
	}
	src, err := newSource(file, info.Size(), allocator)
	if err != nil {
		return nil, err
	}
	reader, err := ipc.NewReaderFromMessageReader(src, ipc.WithAllocator(src.mem))
	if err != nil {
		src.Release()
		if !src.isFile {
			return nil, fmt.Errorf("neither an Arrow IPC file nor a stream: %w", err)
		}
		return nil, err
	}
	if schema := reader.Schema(); schema.IsNativeEndian() {
		src.fields = schema.Fields()
	}
	return &Reader{file: file, reader: reader, source: src, batch: -1}, nil
}

// reason drops the path from a file error: callers name the file.
func reason(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}

// ReadError says which file err is about, on one line: names of columns come
// from the file and may hold anything.
func ReadError(what, path string, err error) error {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if text := err.Error(); strings.ContainsFunc(text, unprintable) {
		err = errors.New(strings.Join(strings.FieldsFunc(text, unprintable), " "))
	}
	if errors.Is(err, syscall.EISDIR) { // which names the path itself
		return fmt.Errorf("reading %s: %w", what, err)
	}
	return fmt.Errorf("reading %s %s: %w", what, path, err)
}

// Schema returns the columns.
func (r *Reader) Schema() *arrow.Schema { return r.reader.Schema() }

// Next returns the next record batch, valid until the next call, or io.EOF. Of
// a very large one it returns a part at a time.
func (r *Reader) Next() (arrow.Record, error) {
	r.first += r.rows
	r.rows = 0
	more := r.reader.Next()
	if !r.source.begun {
		r.batch++
		r.begins = r.first
	}
	if !more {
		if err := r.reader.Err(); err != nil {
			return nil, fmt.Errorf("record batch %d cannot be read: %w", r.batch, err)
		}
		return nil, io.EOF
	}
	rec := r.reader.Record()
	r.rows = rec.NumRows()
	return rec, nil
}

// Close closes the file and frees the record batch.
func (r *Reader) Close() {
	r.reader.Release()
	r.file.Close()
}

// BadCell returns an error in one cell of the current record batch, where row
// counts from 0; [Reader.Locate] says where in the table that is.
func BadCell(column string, row int, reason string) error { return &badCell{column, row, reason} }

// badCell is an error in one cell; row counts from 0 within the record batch.
type badCell struct {
	column string
	row    int
	reason string
}

func (e *badCell) Error() string {
	return fmt.Sprintf("column %s, row %d: %s", e.column, e.row, e.reason)
}

// Locate says where in the table an error of the current record batch lies.
func (r *Reader) Locate(err error) error {
	var bad *badCell
	switch {
	case !errors.As(err, &bad):
		return fmt.Errorf("record batch %d: %w", r.batch, err)
	case r.batch == 0:
		return &badCell{bad.column, int(r.first) + bad.row, bad.reason}
	}
	row := r.first + int64(bad.row)
	return fmt.Errorf("column %s, row %d (row %d of record batch %d): %s",
		bad.column, row, row-r.begins, r.batch, bad.reason)
}

// Protect turns a panic, which is how arrow answers inconsistent buffers, into an
// error.
func Protect(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("inconsistent data: %v: %w", p, ErrTruncated)
		}
	}()
	return f()
}
