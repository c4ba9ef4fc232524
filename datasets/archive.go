package datasets

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"
)

// unpackMissing puts the missing files of a data set into its folder, from the
// archive that was published. An archive that lies there already is used, and
// left; one that was downloaded for it is removed.
func (d *downloader) unpackMissing(ctx context.Context, src *source, target string, missing []file, progress Progress) error {
	packed := filepath.Join(target, src.archive.name)
	_, err := os.Stat(packed)
	mine := errors.Is(err, os.ErrNotExist)
	switch {
	case mine:
		if err := d.file(ctx, src.archive.file, src.mirrors, packed, progress); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if err := checkArchive(packed, src.archive.file); err != nil {
			return err
		}
	}
	d.log.Info("unpack", "file", packed)
	if err := src.archive.unpack(ctx, packed, target, missing); err != nil {
		return fmt.Errorf("unpack %s: %w", packed, err)
	}
	if !mine {
		return nil
	}
	return os.Remove(packed)
}

// checkArchive reports an archive that is not the published one.
func checkArchive(path string, f file) error {
	sum, err := md5Of(path)
	if err != nil {
		return err
	}
	if sum != f.md5 {
		return fmt.Errorf("%s is not the published file: its MD5 is %s, not %s; remove it and it is downloaded", path, sum, f.md5)
	}
	return nil
}

// unpack writes the wanted files of the archive's copy to the folder target.
// Each gets its name only when it is whole and as published.
func (a *archive) unpack(ctx context.Context, packed, target string, wanted []file) error {
	in, err := os.Open(packed)
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	left := map[string]file{}
	for _, f := range wanted {
		left[a.folder+"/"+f.name] = f
	}
	for members := tar.NewReader(z); len(left) > 0; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		header, err := members.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := path.Clean(header.Name)
		f, ok := left[name]
		if !ok || header.Typeflag != tar.TypeReg {
			continue
		}
		if err := writeMember(members, f, filepath.Join(target, f.name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		delete(left, name)
	}
	if len(left) > 0 {
		return fmt.Errorf("there is no %s in it", slices.Min(slices.Collect(maps.Keys(left))))
	}
	return nil
}

// writeMember writes one file of an archive, and checks it on the way.
func writeMember(r io.Reader, f file, path string) error {
	out, err := pending(path)
	if err != nil {
		return &localError{err}
	}
	defer func() { _ = out.Cleanup() }() // nothing is left of a file that has its name
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(localWriter{out}, sum), io.LimitReader(r, f.size+1))
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != f.size || got != f.sha256 {
		return fmt.Errorf("not the published file: %d bytes of SHA-256 %s, want %d of %s", n, got, f.size, f.sha256)
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return &localError{err}
	}
	return nil
}

// pending opens the temporary file beside path, never in a small /tmp.
func pending(path string) (*renameio.PendingFile, error) {
	return renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644))
}

// localWriter marks the errors of a writer as those of this machine.
type localWriter struct{ w io.Writer }

func (l localWriter) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if err != nil {
		err = &localError{err}
	}
	return n, err
}
