package datasets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// A file of the cache holds a part of a data set in the form that it is used in:
//
//	magic | length of the header, uint32 | header, JSON | labels, N int32 | pixels
//
// with little-endian numbers. It is mapped, not read: all processes that train
// on the part share its pages.
const (
	cacheMagic  = "memdil images 1\n"
	maxCacheTop = 1 << 20 // longest header
)

// cacheHeader describes a file of the cache.
type cacheHeader struct {
	Fingerprint string   `json:"fingerprint"` // of the files that it was made of
	Images      int      `json:"images"`      // N
	Classes     int      `json:"classes"`     // how many published labels there are
	Notes       []string `json:"notes,omitempty"`
	Checksum    uint32   `json:"checksum"` // CRC-32C of labels and pixels
}

// mapping is a file's content in memory.
type mapping struct {
	data  []byte
	unmap func([]byte) error
}

func (m *mapping) close() error {
	data := m.data
	m.data = nil
	if data == nil || m.unmap == nil {
		return nil
	}
	return m.unmap(data)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errStale is why a file of the cache is made anew.
var errStale = errors.New("made of other files")

// cached returns a part of a data set, from the cache unless it has none; read
// makes it. The mapping, if there is one, has to be closed.
func (o *Options) cached(ctx context.Context, name string, f files, part Split, read func() (decoded, error)) (decoded, *mapping, error) {
	in, ok := f.inputs(part)
	fingerprint, err := in.fingerprint()
	if o.Cache == "" || !ok || err != nil { // a file that is not there is for read to report
		got, err := read()
		return got, nil, err
	}
	path := filepath.Join(o.Cache, cacheName(name, in.where, part))
	if got, m, err := openCached(path, fingerprint); err == nil {
		return got, m, nil
	}
	unlock, err := lockCache(ctx, path)
	if err == nil {
		defer unlock()
		if got, m, err := openCached(path, fingerprint); err == nil { // another process made it
			return got, m, nil
		}
	}
	if ctx.Err() != nil {
		return decoded{}, nil, context.Cause(ctx)
	}
	got, readErr := read()
	if readErr != nil {
		return got, nil, readErr
	}
	if got.outside {
		err = errors.New("they lie in files of their own, which may change")
	}
	if err == nil {
		err = writeCached(path, fingerprint, got)
	}
	if err != nil {
		o.logger().Warn("decoded images are not kept for later runs", "reason", err.Error())
		return got, nil, nil
	}
	if mapped, m, err := openCached(path, fingerprint); err == nil {
		return mapped, m, nil
	}
	return got, nil, nil // another process has replaced the file
}

// lockCache lets one process at a time make a file.
func lockCache(ctx context.Context, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o644))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return nil, err
	}
	return func() { _ = lock.Close() }, nil // a lock ends with its process at the latest
}

// cacheName names the file of a part. It depends on where the data set lies, so
// that a data set that changes replaces its file.
func cacheName(name, where string, part Split) string {
	sum := sha256.Sum256([]byte(where))
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, strings.ToLower(filepath.Base(name)))
	return fmt.Sprintf("%.40s-%s-%s.images", plain, part, hex.EncodeToString(sum[:6]))
}

// fingerprint tells whether files changed by their sizes and times, as make and
// git do.
func (in inputs) fingerprint() (string, error) {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%q\n", in.how)
	for _, path := range in.paths {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(sum, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// openCached maps a file of the cache that was made of files with the
// fingerprint.
func openCached(path, fingerprint string) (decoded, *mapping, error) {
	m, err := mapFile(path)
	if err != nil {
		return decoded{}, nil, err
	}
	got, err := parseCached(m.data, fingerprint)
	if err != nil {
		_ = m.close()
		return decoded{}, nil, err
	}
	return got, m, nil
}

// parseCached checks a file of the cache as a whole.
func parseCached(data []byte, fingerprint string) (decoded, error) {
	damaged := errors.New("damaged")
	rest, ok := bytes.CutPrefix(data, []byte(cacheMagic))
	if !ok || len(rest) < 4 {
		return decoded{}, damaged
	}
	top := int64(binary.LittleEndian.Uint32(rest))
	if rest = rest[4:]; top > maxCacheTop || top > int64(len(rest)) {
		return decoded{}, damaged
	}
	var h cacheHeader
	if err := json.Unmarshal(rest[:top], &h); err != nil {
		return decoded{}, damaged
	}
	rest = rest[top:]
	const each = 4 + 3*Side*Side
	switch {
	case h.Fingerprint != fingerprint:
		return decoded{}, errStale
	case h.Images < 1 || len(rest)%each != 0 || len(rest)/each != h.Images || crc32.Checksum(rest, castagnoli) != h.Checksum:
		return decoded{}, damaged
	}
	got := decoded{labels: make([]int32, h.Images), classes: h.Classes, notes: h.Notes}
	for i := range got.labels {
		got.labels[i] = int32(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	got.images = Images{Pixels: rest[4*h.Images:], N: h.Images, C: 3, H: Side, W: Side}
	return got, nil
}

// writeCached writes a part to a file of the cache, which appears under its name
// when it is whole.
func writeCached(path, fingerprint string, d decoded) error {
	labels := make([]byte, 4*len(d.labels))
	for i, label := range d.labels {
		binary.LittleEndian.PutUint32(labels[4*i:], uint32(label))
	}
	header, err := json.Marshal(cacheHeader{
		Fingerprint: fingerprint, Images: d.images.N, Classes: d.classes, Notes: d.notes,
		Checksum: crc32.Update(crc32.Checksum(labels, castagnoli), castagnoli, d.images.Pixels),
	})
	if err != nil {
		return err
	}
	out, err := pending(path)
	if err != nil {
		return err
	}
	defer func() { _ = out.Cleanup() }() // nothing is left of a file that has its name
	top := binary.LittleEndian.AppendUint32([]byte(cacheMagic), uint32(len(header)))
	for _, part := range [][]byte{top, header, labels, d.images.Pixels} {
		if _, err := io.Copy(out, bytes.NewReader(part)); err != nil {
			return err
		}
	}
	return out.CloseAtomicallyReplace()
}
