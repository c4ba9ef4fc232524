package graphs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"github.com/memdil/memdil/graphs/onnxpb"
)

// ErrNotONNX says that a file or its bytes are not an ONNX model at all.
var ErrNotONNX = errors.New("not an ONNX file")

// maxModel is how large an ONNX file can be, a limit of Protocol Buffers.
const maxModel = 1<<31 - 1

// Load reads the model in the .onnx file at path, with the external data it
// refers to, which must lie in the file's own folder. The nodes are put into
// topological order, the domain "ai.onnx" becomes its synonym "", and the
// model passes Check.
func Load(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxModel {
		return nil, fmt.Errorf("read model %s: it is larger than 2 GB, which no ONNX file is: weights of that size lie in files beside it", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	external := &externalReader{dir: filepath.Dir(path)}
	defer external.close()
	m, err := decode(data, external)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, err)
	}
	return m, nil
}

// Decode returns the model encoded in data, as Load does. A model with
// external data is refused: only Load knows where it lies.
func Decode(data []byte) (*Model, error) { return decode(data, nil) }

func decode(data []byte, external *externalReader) (*Model, error) {
	var p onnxpb.ModelProto
	if err := proto.Unmarshal(data, &p); err != nil || p.Graph == nil {
		return nil, notONNX(data, err)
	}
	d := decoder{external: external}
	m, err := d.model(&p)
	if err != nil {
		return nil, err
	}
	if err := sortModel(m); err != nil {
		return nil, err
	}
	if err := Check(m); err != nil {
		return nil, err
	}
	return m, nil
}

func sortModel(m *Model) error {
	if err := m.Graph.Sort(); err != nil {
		return err
	}
	for _, f := range m.Functions {
		nodes, err := sortNodes(f.Nodes)
		if err != nil {
			return fmt.Errorf("function %q: %w", f.Name, err)
		}
		f.Nodes = nodes
	}
	return nil
}

// notONNX says in one line why data is no model, naming the usual mistakes.
func notONNX(data []byte, err error) error {
	text := bytes.TrimSpace(data[:min(len(data), 512)])
	switch {
	case len(data) == 0:
		return fmt.Errorf("%w: it is empty", ErrNotONNX)
	case bytes.HasPrefix(text, []byte("version https://git-lfs")):
		return fmt.Errorf("%w: it is a Git LFS pointer (fetch the file with git lfs pull)", ErrNotONNX)
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return fmt.Errorf("%w: it is a zip archive, perhaps a PyTorch checkpoint (export it with torch.onnx.export)", ErrNotONNX)
	case bytes.HasPrefix(text, []byte("<")):
		return fmt.Errorf("%w: it is an HTML or XML page, perhaps the answer of a failed download", ErrNotONNX)
	case err != nil:
		return fmt.Errorf("%w, or a truncated one: its %d bytes are not a whole protobuf message", ErrNotONNX, len(data))
	}
	return fmt.Errorf("%w: it has no graph", ErrNotONNX)
}

// Encode returns m as the bytes of an .onnx file. The same model always gives
// the same bytes. It fails when they would exceed protobuf's limit of 2 GiB,
// which Save avoids.
func Encode(m *Model) ([]byte, error) {
	p := encoder{}.model(m)
	if size := proto.Size(p); size > maxMessage {
		return nil, fmt.Errorf("encode model: %d bytes exceed the 2 GiB of one protobuf message", size)
	}
	return marshal(p)
}

func marshal(p *onnxpb.ModelProto) ([]byte, error) {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	return data, nil
}
