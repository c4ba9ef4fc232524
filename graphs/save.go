package graphs

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/google/renameio/v2"
	"google.golang.org/protobuf/proto"

	"github.com/memdil/memdil/graphs/onnxpb"
)

const (
	// maxMessage is the most bytes that protobuf allows in one message.
	maxMessage = 1<<31 - 1
	// externalAlign is the alignment of tensors in an external file, so that
	// they can be mapped into memory.
	externalAlign = 4096
	// externalMin is the size from which a tensor is worth moving out.
	externalMin = 1024
)

// Save writes m to the .onnx file at path. An existing file is replaced only
// once the new one is safely on disk. When the model would exceed the 2 GiB
// of one protobuf message, its initializers go to a file beside it, called as
// the model with ".data" appended, which is replaced just before the model.
func Save(path string, m *Model) error {
	if err := save(path, m, maxMessage); err != nil {
		return fmt.Errorf("write model %s: %w", path, err)
	}
	return nil
}

// save is Save with the size from which data goes to an external file.
func save(path string, m *Model, limit int) error {
	p := encoder{}.model(m)
	if proto.Size(p) <= limit {
		return replace(path, p)
	}
	layout := &externalLayout{location: filepath.Base(path) + ".data"}
	p = encoder{layout}.model(m)
	if size := proto.Size(p); size > maxMessage {
		return fmt.Errorf("it has %d bytes without its initializers, more than the 2 GiB of one protobuf message", size)
	}
	data, err := pending(filepath.Join(filepath.Dir(path), layout.location))
	if err != nil {
		return err
	}
	defer data.Cleanup()
	if err := layout.write(data); err != nil {
		return fmt.Errorf("write external data: %w", err)
	}
	return replace(path, p, data)
}

// replace writes the message beside path and moves first the given files and
// then it into place.
func replace(path string, p *onnxpb.ModelProto, first ...*renameio.PendingFile) error {
	encoded, err := marshal(p)
	if err != nil {
		return err
	}
	file, err := pending(path)
	if err != nil {
		return err
	}
	defer file.Cleanup()
	if _, err := file.Write(encoded); err != nil {
		return err
	}
	for _, f := range append(first, file) {
		if err := f.Sync(); err != nil {
			return err
		}
	}
	for _, f := range append(first, file) {
		if err := f.CloseAtomicallyReplace(); err != nil {
			return err
		}
	}
	return nil
}

func pending(path string) (*renameio.PendingFile, error) {
	return renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
}

// externalLayout collects tensors for one external file.
type externalLayout struct {
	location string
	size     int64
	chunks   []chunk
}

type chunk struct {
	offset int64
	data   []byte
}

// place moves the raw data of a large tensor into the external file.
func (l *externalLayout) place(t *onnxpb.TensorProto) {
	data := t.RawData
	if len(data) < externalMin {
		return
	}
	offset := (l.size + externalAlign - 1) / externalAlign * externalAlign
	l.chunks = append(l.chunks, chunk{offset, data})
	l.size = offset + int64(len(data))
	t.RawData = nil
	t.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	t.ExternalData = []*onnxpb.StringStringEntryProto{
		entry("location", l.location),
		entry("offset", strconv.FormatInt(offset, 10)),
		entry("length", strconv.Itoa(len(data))),
	}
}

func (l *externalLayout) write(w io.WriterAt) error {
	for _, c := range l.chunks {
		if _, err := w.WriteAt(c.data, c.offset); err != nil {
			return err
		}
	}
	return nil
}
