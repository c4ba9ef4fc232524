package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// folder is the place where a data set's files were found.
type folder struct {
	src  *source
	fsys fs.FS     // the data directory, or one that the caller gave
	dir  string    // the folder's path in fsys
	root string    // the operating system's path of fsys; empty when it has none
	all  []*source // whose files are recognised

	strange []string // files with an unknown checksum, of those read so far
}

var _ files = (*folder)(nil)

// read reads a part. Every use of a folder reads on its own.
func (f *folder) read(_ context.Context, part Split) (decoded, error) {
	used := *f
	images, labels, err := f.src.read(&used, part)
	if err != nil {
		return decoded{}, err
	}
	d := decoded{images: images, labels: labels, classes: len(f.src.classNames)}
	for _, path := range used.strange {
		d.notes = append(d.notes, "checksum is not the published one; the file parses and is used: "+path)
	}
	return d, nil
}

// hasTest returns true: every published data set has a test part.
func (f *folder) hasTest() bool { return true }

// inputs are all files of the data set.
func (f *folder) inputs(Split) (inputs, bool) {
	in := inputs{where: f.display(f.dir), how: f.src.folders[0]}
	for _, file := range f.src.files {
		path, err := f.find(file.name)
		if err != nil {
			return in, false
		}
		in.paths = append(in.paths, f.display(path))
	}
	return in, f.root != ""
}

// locate returns the first of the data set's folders in fsys that holds all
// files, packed or not. When none does, it returns the folder for downloads
// and the files it lacks.
func (s *source) locate(fsys fs.FS, root string) (f *folder, missing []file) {
	for i, dir := range s.folders {
		candidate := &folder{src: s, fsys: fsys, dir: dir, root: root, all: sources}
		lacking := candidate.missing()
		if len(lacking) == 0 {
			return candidate, nil
		}
		if i == 0 {
			f, missing = candidate, lacking
		}
	}
	return f, missing
}

// missing returns the published files that are not in the folder.
func (f *folder) missing() []file {
	var missing []file
	for _, file := range f.src.files {
		if _, err := f.find(file.name); err != nil {
			missing = append(missing, file)
		}
	}
	return missing
}

// find returns the path in fsys of a published file or of its unpacked or packed
// form, without or with .gz.
func (f *folder) find(name string) (string, error) {
	other, packed := strings.CutSuffix(name, ".gz")
	if !packed {
		other += ".gz"
	}
	for _, candidate := range []string{name, other} {
		p := path.Join(f.dir, candidate)
		if info, err := fs.Stat(f.fsys, p); err == nil && info.Mode().IsRegular() {
			return p, nil
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", &fs.PathError{Op: "open", Path: f.display(path.Join(f.dir, name)), Err: fs.ErrNotExist}
}

// display returns the path of a file in fsys as the user knows it.
func (f *folder) display(p string) string { return filepath.Join(f.root, filepath.FromSlash(p)) }

// What a published part can have at most, with room for others of their formats:
// the largest has 73,257 images in 225 MB.
const maxImages = 1 << 20

var maxUnpacked int64 = 1 << 30 // bytes of a packed file; a variable for tests

// unpacked is an upper bound of the bytes that so many of a gzip or zlib stream
// unpack to: each to 1032 at most.
func unpacked(packed int64) int64 { return min(packed*1032, maxUnpacked) }

// checkImages reports more images than there can be.
func checkImages(n int) error {
	if n > maxImages {
		return fmt.Errorf("it claims %d images, at most %d are read", n, maxImages)
	}
	return nil
}

// parse opens a published file, packed or not as its content says, and has it
// parsed up to its end; limit is an upper bound of the bytes that r yields. A
// file that parses is accepted, with a note when its checksum is not the
// published one, unless the checksum is another data set's.
func (f *folder) parse(name string, parse func(r io.Reader, limit int64) error) error {
	p, err := f.find(name)
	if err != nil {
		return fmt.Errorf("%s: %w", f.src.name, err)
	}
	sums, err := parseFile(f.fsys, p, parse)
	var access *fs.PathError
	switch {
	case errors.As(err, &access):
		return fmt.Errorf("read %s: %w", f.display(p), access.Err)
	case err != nil && f.root != "":
		return fmt.Errorf("read %s: %w; remove the file and a new one is downloaded", f.display(p), err)
	case err != nil:
		return fmt.Errorf("read %s: %w", f.display(p), err)
	}
	known, err := f.recognise(name, sums)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.display(p), err)
	}
	if !known && f.root != "" {
		f.strange = append(f.strange, f.display(p))
	}
	return nil
}

// recognise reports whether the checksums are those of the published file. It
// is an error when they are another data set's: MNIST and Fashion-MNIST share
// file names.
func (f *folder) recognise(name string, sums checksums) (known bool, err error) {
	for _, s := range f.all {
		for _, file := range s.files {
			switch {
			case !sums.match(file):
			case s.folders[0] != f.src.folders[0]: // two data sets may be made of the same files
				return false, fmt.Errorf("this is a file of %s, not of %s; set --data-dir to another folder", s.name, f.src.name)
			case file.name == name:
				return true, nil
			}
		}
	}
	return false, nil
}

// checksums of a file as it lies there and of its unpacked bytes, in hex.
type checksums struct{ md5, sha256 string }

// parseFile parses a file to its end and returns its checksums.
func parseFile(fsys fs.FS, p string, parse func(r io.Reader, limit int64) error) (sums checksums, err error) {
	in, err := fsys.Open(p)
	if err != nil {
		return sums, err
	}
	defer func() { _ = in.Close() }() // it was only read
	info, err := in.Stat()
	if err != nil {
		return sums, err
	}
	packedSum, unpackedSum := md5.New(), sha256.New()
	packed := bufio.NewReaderSize(io.TeeReader(in, packedSum), 1<<16)
	var content io.Reader = packed
	limit := info.Size()
	if magic, _ := packed.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(packed)
		if err != nil {
			return sums, fmt.Errorf("unpack: %w", err)
		}
		limit = unpacked(limit)
		content = io.LimitReader(z, limit)
	}
	if err := parse(io.TeeReader(content, unpackedSum), limit); err != nil {
		return sums, err
	}
	return checksums{
		md5:    hex.EncodeToString(packedSum.Sum(nil)),
		sha256: hex.EncodeToString(unpackedSum.Sum(nil)),
	}, nil
}

// match reports whether f was published with either of the checksums.
func (c checksums) match(f file) bool { return c.md5 == f.md5 || c.sha256 == f.sha256 }
