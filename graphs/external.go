package graphs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// externalReader reads the data that tensors keep in other files of the
// model's folder, and only of that: an os.Root follows no path and no
// symbolic link that leads out of it.
type externalReader struct {
	dir   string
	root  *os.Root
	files map[string]*os.File
}

// read returns the size bytes that the entries of a tensor's external_data
// point at.
func (r *externalReader) read(entries []*onnxpb.StringStringEntryProto, size int64) ([]byte, error) {
	at, err := parseExternal(entries)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("its data lies in the external file %q, which only a model read from a file can have", at.location)
	}
	if at.length >= 0 && at.length != size {
		return nil, fmt.Errorf("its external data in %q has %d bytes, its dims need %d", at.location, at.length, size)
	}
	f, err := r.open(at.location)
	if err != nil {
		return nil, fmt.Errorf("open external data: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open external data: %w", err)
	}
	if at.offset > info.Size() || size > info.Size()-at.offset {
		return nil, fmt.Errorf("external file %q has %d bytes, too few for %d from offset %d", at.location, info.Size(), size, at.offset)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, at.offset, size), data); err != nil {
		return nil, fmt.Errorf("read external file %q: %w", at.location, err)
	}
	return data, nil
}

// open opens the file once for all tensors in it.
func (r *externalReader) open(location string) (*os.File, error) {
	if f, ok := r.files[location]; ok {
		return f, nil
	}
	if r.root == nil {
		root, err := os.OpenRoot(r.dir)
		if err != nil {
			return nil, err
		}
		r.root, r.files = root, map[string]*os.File{}
	}
	name := filepath.FromSlash(location)
	info, err := r.root.Stat(name) // before opening: a pipe would block
	switch {
	case err != nil && !filepath.IsLocal(name):
		return nil, fmt.Errorf("%q lies outside the model's folder", location)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a regular file", location)
	}
	f, err := r.root.Open(name)
	if err != nil {
		return nil, err
	}
	r.files[location] = f
	return f, nil
}

func (r *externalReader) close() {
	for _, f := range r.files {
		f.Close()
	}
	if r.root != nil {
		r.root.Close()
	}
}

// externalRange is a piece of an external file; length −1 is one not stated.
type externalRange struct {
	location       string
	offset, length int64
}

func parseExternal(entries []*onnxpb.StringStringEntryProto) (externalRange, error) {
	at := externalRange{length: -1}
	for _, e := range entries {
		var err error
		switch e.GetKey() {
		case "location":
			at.location = e.GetValue()
		case "offset":
			at.offset, err = parseSize(e.GetValue())
		case "length":
			at.length, err = parseSize(e.GetValue())
		}
		if err != nil {
			return at, fmt.Errorf("external data %s: %w", e.GetKey(), err)
		}
	}
	if at.location == "" {
		return at, errors.New("its external data names no location")
	}
	return at, nil
}

func parseSize(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a size", s)
	}
	return n, nil
}
