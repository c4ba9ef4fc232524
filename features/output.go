package features

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/google/renameio/v2"
)

var errClosed = errors.New("the writer is closed already")

// pendingFile is a file that takes its final name only when it is whole.
type pendingFile interface {
	io.WriteSeeker
	CloseAtomicallyReplace() error // sync, close, rename
	Cleanup() error                // close and remove, unless renamed
}

var _ pendingFile = (*renameio.PendingFile)(nil)

// createPending opens the temporary file beside path; tests put failing disks
// in its place.
var createPending = func(path string) (pendingFile, error) {
	return renameio.NewPendingFile(path,
		renameio.WithTempDir(filepath.Dir(path)), // never another file system, nor a small /tmp
		renameio.WithPermissions(0o644))
}

// output writes one Arrow IPC file under a temporary name. The first failure
// removes the temporary file and is returned by every later call.
type output struct {
	path string
	file pendingFile
	arr  *ipc.FileWriter
	err  error
}

func newOutput(path string, schema *arrow.Schema) (*output, error) {
	file, err := createPending(path)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	o := &output{path: path, file: file}
	if o.arr, err = ipc.NewFileWriter(wholeWriter{file}, ipc.WithSchema(schema), ipc.WithAllocator(allocator)); err != nil {
		return nil, o.fail(err)
	}
	return o, nil
}

// write appends rec as one record batch.
func (o *output) write(rec arrow.Record) error {
	if o.err != nil {
		return o.err
	}
	if err := o.arr.Write(rec); err != nil {
		return o.fail(err)
	}
	return nil
}

// commit writes the footer, syncs and gives the file its final name.
func (o *output) commit() error {
	if o.err != nil {
		return o.err
	}
	if err := o.arr.Close(); err != nil {
		return o.fail(err)
	}
	if err := o.file.CloseAtomicallyReplace(); err != nil {
		return o.fail(err)
	}
	o.err = fmt.Errorf("writing %s: %w", o.path, errClosed)
	return nil
}

// abort removes the temporary file; after commit it does nothing.
func (o *output) abort() error {
	if o.err != nil {
		return nil
	}
	o.err = fmt.Errorf("writing %s: %w", o.path, errClosed)
	if err := o.file.Cleanup(); err != nil {
		return fmt.Errorf("removing the unfinished %s: %w", o.path, err)
	}
	return nil
}

func (o *output) fail(err error) error {
	o.err = fmt.Errorf("writing %s: %w", o.path, err)
	_ = o.file.Cleanup() // the first error is the one to report
	return o.err
}

// wholeWriter reports a short write as an error: arrow's writer does not look
// at the number of bytes written.
type wholeWriter struct{ io.WriteSeeker }

func (w wholeWriter) Write(p []byte) (int, error) {
	n, err := w.WriteSeeker.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}
