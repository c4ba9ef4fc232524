package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/google/renameio/v2"
)

// manifest remembers which stages of a run folder are done, and with which
// settings.
type manifest map[Stage]stageRecord

// stageRecord is what is remembered of a finished stage.
type stageRecord struct {
	// Hash is that of the settings of this and all earlier stages.
	Hash string `json:"hash"`
	// Facts are results that are in no other file.
	Facts map[string]float64 `json:"facts,omitempty"`
}

func manifestPath(f *folder) string { return f.checkpoint("stages.json") }

// readManifest reads what is known of a run folder; nothing is known of a new
// one.
func readManifest(f *folder) (manifest, error) {
	m := manifest{}
	data, err := os.ReadFile(manifestPath(f))
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the stages of %s: %w", f.path, err)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("reading %s: %w: delete it to run all stages again", manifestPath(f), err)
	}
	return m, nil
}

func (m manifest) write(f *folder) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the stages of %s: %w", f.path, err)
	}
	if err := renameio.WriteFile(manifestPath(f), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the stages of %s: %w", f.path, err)
	}
	return nil
}
