package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/settings"
)

// manifest remembers which stages of a run folder are done, with which
// settings and which files.
type manifest map[settings.Stage]stageRecord

// stageRecord is what is remembered of a finished stage.
type stageRecord struct {
	// Hash is that of the settings of this and all earlier stages.
	Hash string `json:"hash"`
	// Settings are these settings, where they were not at their defaults.
	Settings map[string]string `json:"settings,omitempty"`
	// Version is that of the stage's work.
	Version int `json:"version,omitempty"`
	// Files are the files that the stage read and wrote, by their names in the
	// run folder.
	Files map[string]fileRecord `json:"files"`
	// Facts are results that are in no other file.
	Facts facts `json:"facts,omitempty"`
}

// facts are results by name. One that is no number, as the loss of a model whose
// logits overflow, is null.
type facts map[string]metrics.Float

// fileRecord identifies a file's content. Size and time of modification are
// there to find in no time that nothing has changed; a copied folder has other
// times.
type fileRecord struct {
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	SHA256   string    `json:"sha256"`
	// Deleted says that the file was deleted on request, and may be missing.
	Deleted bool `json:"deleted,omitempty"`
}

// errDamaged is wrapped by errors about a manifest that cannot be understood.
var errDamaged = errors.New("not an intact list of stages")

func manifestPath(f *folder) string { return f.checkpoint("stages.json") }

// readManifest reads what is known of a run folder; nothing is known of a new
// one.
func readManifest(f *folder) (manifest, error) {
	data, err := files.Read(manifestPath(f))
	if errors.Is(err, os.ErrNotExist) {
		return manifest{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the stages of %s: %w", f.path, err)
	}
	m := manifest{}
	if err := json.Unmarshal(data, &m); err != nil || m == nil {
		return nil, fmt.Errorf("reading %s: %w", manifestPath(f), errDamaged)
	}
	return m, nil
}

// complete reports whether all stages were done.
func (m manifest) complete() bool {
	for _, s := range settings.Stages() {
		if _, done := m[s]; !done {
			return false
		}
	}
	return true
}

// ignoreDamage returns nil for a manifest that cannot be understood: nothing is
// known then, and all stages run again.
func ignoreDamage(err error) error {
	if errors.Is(err, errDamaged) {
		return nil
	}
	return err
}

func (m manifest) write(f *folder) error {
	return files.WriteJSON(manifestPath(f), m)
}

// describe returns the record of a file. One that another stage has recorded
// is not read again.
func (m manifest) describe(f *folder, name string) (fileRecord, error) {
	info, err := os.Stat(f.file(name))
	if err != nil {
		return fileRecord{}, err
	}
	for _, stage := range m {
		if known, ok := stage.Files[name]; ok && known.untouched(info) {
			known.Deleted = false
			return known, nil
		}
	}
	sum, err := files.Digest(f.file(name))
	return fileRecord{Size: info.Size(), Modified: info.ModTime(), SHA256: sum}, err
}

// difference says in words how a file differs from its record, "" if it does
// not.
func (r fileRecord) difference(path string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "is missing"
	case err != nil:
		return "cannot be read"
	case r.untouched(info):
		return ""
	case r.Size == info.Size():
		if sum, err := files.Digest(path); err == nil && sum == r.SHA256 {
			return ""
		}
	}
	return "has changed"
}

func (r fileRecord) untouched(info os.FileInfo) bool {
	return info.Size() == r.Size && info.ModTime().Equal(r.Modified)
}
