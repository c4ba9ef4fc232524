package arrowfile

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Table is a file of record batches: an Arrow file or stream, or Parquet. It is
// for one goroutine at a time.
type Table interface {
	// Schema returns the columns that are read.
	Schema() *arrow.Schema
	// Next returns the next record batch, valid until the next call, or io.EOF.
	Next() (arrow.Record, error)
	// Close closes the file and frees the record batch.
	Close()
}

var _ Table = (*Reader)(nil)

// OpenTable opens a file of either kind, as its first bytes tell. Of Parquet
// only the named columns are read, all without a name; of Arrow always all. The
// errors do not name the file, see [ReadError].
func OpenTable(path string, allocator memory.Allocator, columns ...string) (Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	head := make([]byte, len(parquetMagic))
	if _, err := io.ReadFull(file, head); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, reason(err)
	}
	if bytes.Equal(head, []byte(parquetMagic)) {
		return OpenParquet(path, allocator, columns...)
	}
	return Open(path, allocator)
}
