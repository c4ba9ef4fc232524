package datasets

import (
	"context"
	"fmt"
	"io"
	"os"
)

// FileStatus is what [Verify] found of one published file.
type FileStatus struct {
	Name  string // published name
	Path  string // where it is, or is to be
	Known bool   // its checksum, packed or unpacked, is the published one
	Err   error  // why it cannot be used: fs.ErrNotExist when it is missing
}

// Verify checks a data set's files in the data directory (default ~/data). It
// returns the state of each and, as error, the first reason why [Load] could
// not read them as they are. Files with an unknown checksum that can be read
// are no error.
func Verify(ctx context.Context, name, dir string) ([]FileStatus, error) {
	src, err := lookup(name)
	if err != nil {
		return nil, err
	}
	if dir, err = dataDir(dir); err != nil {
		return nil, err
	}
	f, _ := src.locate(os.DirFS(dir), dir)
	var states []FileStatus
	var first error
	for _, file := range src.files {
		if err := ctx.Err(); err != nil {
			return states, err
		}
		state := f.verify(file.name)
		if first == nil {
			first = state.Err
		}
		states = append(states, state)
	}
	for _, part := range []Split{Train, Test} {
		if first == nil {
			_, _, first = src.read(f, part)
		}
	}
	return states, first
}

// verify unpacks a published file and compares its checksums.
func (f *folder) verify(name string) FileStatus {
	state := FileStatus{Name: name, Path: f.display(f.dir + "/" + name)}
	p, err := f.find(name)
	if err != nil {
		state.Err = err
		return state
	}
	state.Path = f.display(p)
	sums, err := parseFile(f.fsys, p, readAll)
	if err == nil {
		state.Known, err = f.recognise(name, sums)
	}
	if err != nil {
		state.Err = fmt.Errorf("read %s: %w", state.Path, err)
	}
	return state
}

// readAll parses nothing, but unpacks a file to its end.
func readAll(r io.Reader, _ int64) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
