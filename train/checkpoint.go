package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/google/renameio/v2"

	"github.com/memdil/memdil/graphs"
)

// A checkpoint file is
//
//	magic | SHA-256 of what follows | ONNX model
//
// whose initializers are the state's tensors and whose metadata hold the
// position and the caller's key and notes: a known container, read by a reader that is
// fuzzed, with a checksum before it.
const (
	magic       = "memdil checkpoint 1\n"
	positionKey = "memdil.position"
	ownerKey    = "memdil.key"
	notesKey    = "memdil.notes"
	headerSize  = len(magic) + sha256.Size
)

// ErrCorrupt is wrapped by errors of ReadCheckpoint about files that are
// damaged or no checkpoints at all.
var ErrCorrupt = errors.New("not an intact checkpoint")

// Checkpoint is a state of training at a batch boundary.
type Checkpoint struct {
	// Key says what is being trained, in the caller's words; a checkpoint is
	// only good for a run with an equal key.
	Key string
	// Notes are what else the caller wants to find again.
	Notes    string
	Position Position
	Tensors  []*graphs.Tensor
}

// Checkpoint returns the Trainer's state.
func (t *Trainer) Checkpoint(key string) (Checkpoint, error) {
	if err := t.values.fetch(t.loop.current()); err != nil {
		return Checkpoint{}, err
	}
	c := Checkpoint{Key: key, Position: t.at}
	for _, name := range t.values.order {
		b := t.values.buffers[name]
		c.Tensors = append(c.Tensors, graphs.NewFloats(name, b.Shape(), b.Float32s()))
	}
	return c, nil
}

// Restore puts the Trainer into a checkpoint's state, whichever loop it comes
// from. A checkpoint of another net or optimizer is an error that names the
// tensor.
func (t *Trainer) Restore(c Checkpoint) error {
	if len(c.Tensors) != len(t.values.order) {
		return fmt.Errorf("the checkpoint has %d tensors, this training %d", len(c.Tensors), len(t.values.order))
	}
	for i, name := range t.values.order {
		from, to := c.Tensors[i], t.values.buffers[name]
		if from.Name != name || from.Type != graphs.Float32 || fmt.Sprint(from.Dims) != fmt.Sprint(to.Shape()) {
			return fmt.Errorf("the checkpoint holds %q of shape %v where this training has %q of shape %v", from.Name, from.Dims, name, to.Shape())
		}
	}
	for i, name := range t.values.order {
		copy(t.values.buffers[name].Float32s(), c.Tensors[i].Float32s())
	}
	t.loop.restored()
	t.at = c.Position
	return nil
}

// Values returns the current parameters, slots and running statistics by name.
func (t *Trainer) Values() (map[string][]float32, error) {
	if err := t.values.fetch(t.loop.current()); err != nil {
		return nil, err
	}
	values := map[string][]float32{}
	for name, b := range t.values.buffers {
		values[name] = slices.Clone(b.Float32s())
	}
	return values, nil
}

// WriteCheckpoint replaces the file at path by the checkpoint, atomically.
func WriteCheckpoint(path string, c Checkpoint) error {
	position, err := json.Marshal(c.Position)
	if err != nil {
		return fmt.Errorf("writing checkpoint %s: %w", path, err)
	}
	m := graphs.NewModel("checkpoint", 18)
	m.Graph.Initializers = c.Tensors
	m.SetMeta(positionKey, string(position))
	m.SetMeta(ownerKey, c.Key)
	m.SetMeta(notesKey, c.Notes)
	body, err := graphs.Encode(m)
	if err != nil {
		return fmt.Errorf("writing checkpoint %s: %w", path, err)
	}
	sum := sha256.Sum256(body)
	file := bytes.NewBuffer(make([]byte, 0, headerSize+len(body)))
	file.WriteString(magic)
	file.Write(sum[:])
	file.Write(body)
	if err := renameio.WriteFile(path, file.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing checkpoint %s: %w", path, err)
	}
	return nil
}

// ReadCheckpoint reads a checkpoint; a damaged one is an error that wraps
// ErrCorrupt.
func ReadCheckpoint(path string) (Checkpoint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("reading checkpoint: %w", err)
	}
	c, err := parseCheckpoint(data)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("reading checkpoint %s: %w", path, err)
	}
	return c, nil
}

func parseCheckpoint(data []byte) (Checkpoint, error) {
	if len(data) < headerSize || string(data[:len(magic)]) != magic {
		return Checkpoint{}, ErrCorrupt
	}
	sum := sha256.Sum256(data[headerSize:])
	if !bytes.Equal(sum[:], data[len(magic):headerSize]) {
		return Checkpoint{}, fmt.Errorf("%w: its checksum is wrong", ErrCorrupt)
	}
	m, err := graphs.Decode(data[headerSize:])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	c := Checkpoint{Tensors: m.Graph.Initializers}
	position, _ := m.Meta(positionKey)
	if err := json.Unmarshal([]byte(position), &c.Position); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: position: %w", ErrCorrupt, err)
	}
	c.Key, _ = m.Meta(ownerKey)
	c.Notes, _ = m.Meta(notesKey)
	return c, nil
}
