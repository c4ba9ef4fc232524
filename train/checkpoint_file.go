package train

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/memdil/memdil/graphs"
)

// A checkpoint file is
//
//	magic | SHA-256 of what follows | length of the header | header | tensors
//
// The length is a little-endian uint64, the header JSON; of the tensors there
// are the elements alone, float32 in little-endian order, one tensor after the
// other. Nothing is ever held in memory but the tensors, which may be larger
// than the 2 GiB that an ONNX file can have.
const magic = "memdil checkpoint 2\n"

// header is all of a checkpoint but the elements.
type header struct {
	Key      string         `json:"key"`
	Notes    string         `json:"notes,omitempty"`
	Position Position       `json:"position"`
	LBFGS    *LBFGSState    `json:"lbfgs,omitempty"`
	Tensors  []headerTensor `json:"tensors"`
}

type headerTensor struct {
	Name string  `json:"name"`
	Dims []int64 `json:"dims"`
}

// WriteCheckpoint replaces the file at path by the checkpoint, atomically.
func WriteCheckpoint(path string, c Checkpoint) error {
	return writeCheckpoint(path, c, func() error { return nil })
}

// writeCheckpoint is WriteCheckpoint that calls before when the new file is
// safely on disk and the old one still in its place.
func writeCheckpoint(path string, c Checkpoint, before func() error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing checkpoint %s: %w", path, err)
		}
	}()
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer file.Cleanup()
	if err := c.write(file.File); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := before(); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}

// write writes the checkpoint to an empty file.
func (c Checkpoint) write(file *os.File) error {
	h := header{Key: c.Key, Notes: c.Notes, Position: c.Position, LBFGS: c.LBFGS}
	for _, t := range c.Tensors {
		h.Tensors = append(h.Tensors, headerTensor{t.Name, t.Dims})
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := file.Write(append([]byte(magic), make([]byte, sha256.Size)...)); err != nil {
		return err
	}
	sum := sha256.New()
	body := io.MultiWriter(file, sum)
	if _, err := body.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))); err != nil {
		return err
	}
	if _, err := body.Write(text); err != nil {
		return err
	}
	for _, t := range c.Tensors {
		if _, err := body.Write(t.Data); err != nil {
			return err
		}
	}
	_, err = file.WriteAt(sum.Sum(nil), int64(len(magic)))
	return err
}

// ReadCheckpoint reads a checkpoint; a damaged one is an error that wraps
// ErrCorrupt.
func ReadCheckpoint(path string) (Checkpoint, error) {
	c, err := readCheckpoint(path)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("reading checkpoint %s: %w", path, err)
	}
	return c, nil
}

func readCheckpoint(path string) (Checkpoint, error) {
	file, err := os.Open(path)
	if err != nil {
		return Checkpoint{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Checkpoint{}, err
	}
	start := make([]byte, len(magic)+sha256.Size)
	if _, err := io.ReadFull(file, start); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if string(start[:len(magic)]) != magic {
		return Checkpoint{}, ErrCorrupt
	}
	r := &checkpointReader{r: bufio.NewReaderSize(file, 1<<20), left: info.Size() - int64(len(start)), sum: sha256.New()}
	c, err := r.checkpoint()
	switch {
	case err != nil:
		return Checkpoint{}, err
	case r.left != 0 || !bytes.Equal(r.sum.Sum(nil), start[len(magic):]):
		return Checkpoint{}, fmt.Errorf("%w: its checksum is wrong", ErrCorrupt)
	}
	return c, nil
}

// checkpointReader reads a checkpoint's body. It allocates no more than the
// file has bytes.
type checkpointReader struct {
	r    io.Reader
	left int64 // bytes that the file still has
	sum  hash.Hash
}

func (r *checkpointReader) checkpoint() (Checkpoint, error) {
	length, err := r.next(8)
	if err != nil {
		return Checkpoint{}, err
	}
	text, err := r.next(binary.LittleEndian.Uint64(length))
	if err != nil {
		return Checkpoint{}, err
	}
	var h header
	if err := json.Unmarshal(text, &h); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: its header: %w", ErrCorrupt, err)
	}
	c := Checkpoint{Key: h.Key, Notes: h.Notes, Position: h.Position, LBFGS: h.LBFGS}
	for _, t := range h.Tensors {
		size, ok := floatBytes(t.Dims)
		if !ok {
			return Checkpoint{}, fmt.Errorf("%w: tensor %q has the shape %v", ErrCorrupt, t.Name, t.Dims)
		}
		data, err := r.next(size)
		if err != nil {
			return Checkpoint{}, err
		}
		c.Tensors = append(c.Tensors, &graphs.Tensor{Name: t.Name, Type: graphs.Float32, Dims: t.Dims, Data: data})
	}
	return c, nil
}

// next returns the next n bytes.
func (r *checkpointReader) next(n uint64) ([]byte, error) {
	if n > uint64(r.left) {
		return nil, fmt.Errorf("%w: it ends too soon", ErrCorrupt)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r.r, data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	r.left -= int64(n)
	r.sum.Write(data)
	return data, nil
}

// floatBytes is the size of a float32 tensor; not ok when it is none.
func floatBytes(dims []int64) (size uint64, ok bool) {
	const most = 1 << 62
	size = 4
	for _, d := range dims {
		if d < 0 || d > 0 && size > most/uint64(d) {
			return 0, false
		}
		size *= uint64(d)
	}
	return size, true
}
