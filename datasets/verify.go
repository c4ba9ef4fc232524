package datasets

import (
	"cmp"
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
	Own   bool   // nothing was published: it is a part of a data set of one's own
	Err   error  // why it cannot be used: fs.ErrNotExist when it is missing
}

// Verify checks a data set's files in the data directory (default ~/data). It
// returns the state of each and, as error, the first reason why [Load] could
// not read them as they are. Files with an unknown checksum that can be read
// are no error. Of a data set of one's own it reads all images.
func Verify(ctx context.Context, name, dir string) ([]FileStatus, error) {
	if _, _, own := Own(name); own {
		return verifyOwn(ctx, name)
	}
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
			_, first = f.read(ctx, part)
		}
	}
	return states, first
}

// verifyOwn reads the parts of a data set of one's own.
func verifyOwn(ctx context.Context, name string) ([]FileStatus, error) {
	src, err := (&Options{Name: name}).source()
	if err != nil {
		return nil, err
	}
	var states []FileStatus
	var first error
	for _, part := range []Split{Train, Test} {
		if part == Test && !src.own.hasTest() {
			continue
		}
		d, err := src.own.read(ctx, part)
		in, _ := src.own.inputs(part)
		state := FileStatus{Name: fmt.Sprintf("%v, %d images of %d classes", part, d.images.N, d.classes), Path: in.where, Own: true, Err: err}
		if err != nil {
			state.Name = part.String()
			first = cmp.Or(first, err)
		}
		states = append(states, state)
	}
	return states, first
}

// Present returns the names of the published data sets of which the data
// directory (default ~/data) holds files. Of two that are made of the same files
// it names the first.
func Present(dir string) ([]string, error) {
	dir, err := dataDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	seen := map[string]bool{}
	for _, src := range sources {
		_, missing := src.locate(os.DirFS(dir), dir)
		if len(missing) < len(src.files) && !seen[src.folders[0]] {
			names = append(names, src.name)
			seen[src.folders[0]] = true
		}
	}
	return names, nil
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
