package tracking

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// state is what a run remembers of its run on an MLflow server, so that a
// resumed run goes on there and what could not be sent is sent next time.
type state struct {
	URI        string `json:"uri"`
	Experiment string `json:"experiment"`
	Key        string `json:"key"`

	// Ticket is a tag of the run on the server, from before it is made: a server
	// that made it without an answer that came back is not asked for another.
	Ticket       string            `json:"ticket"`
	ExperimentID string            `json:"experiment_id"`
	RunID        string            `json:"run_id"`
	ArtifactURI  string            `json:"artifact_uri"`
	Params       bool              `json:"params"` // are logged
	Sent         steps             `json:"sent"`   // which steps of every metric
	Files        map[string]string `json:"files"`  // sent, by name: a mark of the content
	Finished     bool              `json:"finished"`
}

// readState reads the state of a run; an empty one where there is none, or
// none of this server, experiment and key.
func readState(path string, fresh state) state {
	fresh.Sent, fresh.Files = steps{}, map[string]string{}
	data, err := os.ReadFile(path)
	if err != nil {
		return fresh
	}
	var s state
	if json.Unmarshal(data, &s) != nil || s.URI != fresh.URI || s.Experiment != fresh.Experiment || s.Key != fresh.Key {
		return fresh
	}
	if s.Sent == nil {
		s.Sent = steps{}
	}
	if s.Files == nil {
		s.Files = map[string]string{}
	}
	return s
}

func (s state) write(path string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(path, append(data, '\n'), 0o644, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// markOf is a mark of a file's content that costs no reading. What is no file
// has none: a folder could not be sent and would hold up all that comes after.
func markOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file", path)
	}
	return fmt.Sprintf("%d bytes at %d", info.Size(), info.ModTime().UnixNano()), nil
}
