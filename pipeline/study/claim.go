package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/memdil/memdil/pipeline/executor"
	"github.com/memdil/memdil/pipeline/internal/files"
)

// claim says who runs a trial: claims/ID.
type claim struct {
	Runner   string    `json:"runner"`
	Executor string    `json:"executor"`
	Job      string    `json:"job,omitempty"` // the executor's handle
	Attempt  int       `json:"attempt"`
	Since    time.Time `json:"since"` // of the attempt
	// Losses are those since the trial last gained an epoch, Epochs how many it
	// had then.
	Losses int `json:"losses,omitempty"`
	Epochs int `json:"epochs,omitempty"`
}

// take links a claim into its place; ok is false when somebody has it.
func (r *registration) take(name string, c claim) (ok bool, err error) {
	c.Runner, c.Executor = r.ID, r.Executor
	data, err := json.Marshal(c)
	if err != nil {
		return false, fmt.Errorf("claiming trial %s: %w", name, err)
	}
	made := filepath.Join(r.study, claimsDir, fmt.Sprintf(".%s-%s", name, r.ID))
	if err := os.WriteFile(made, append(data, '\n'), 0o644); err != nil {
		return false, fmt.Errorf("claiming trial %s: %w", name, err)
	}
	defer func() { _ = remove(made) }()
	switch err := os.Link(made, claimPath(r.study, name)); {
	case errors.Is(err, os.ErrExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("claiming trial %s: %w", name, err)
	}
	return true, nil
}

// renew replaces a claim that this runner has.
func (r *registration) renew(name string, c claim) error {
	c.Runner, c.Executor = r.ID, r.Executor
	return files.WriteJSON(claimPath(r.study, name), c)
}

// takeOver takes the claim of a dead runner away, which only one process can do.
func (r *registration) takeOver(name string) (bool, error) {
	away := filepath.Join(r.study, claimsDir, fmt.Sprintf(".dead-%s-%s", name, r.ID))
	switch err := os.Rename(claimPath(r.study, name), away); {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("taking over trial %s: %w", name, err)
	}
	return true, remove(away)
}

// release gives a claim back.
func (r *registration) release(name string) error { return remove(claimPath(r.study, name)) }

func claimPath(study, name string) string { return filepath.Join(study, claimsDir, name) }

// readClaims returns all claims by their names. One that a power failure has
// damaged is nobody's: the trial's lock still keeps it from running twice.
func readClaims(study string) (map[string]claim, error) {
	entries, err := os.ReadDir(filepath.Join(study, claimsDir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading the claims: %w", err)
	}
	out := map[string]claim{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		var c claim
		var unreadable *fs.PathError
		switch err := readJSON(claimPath(study, e.Name()), &c); {
		case errors.Is(err, os.ErrNotExist): // released meanwhile
		case err != nil && !errors.As(err, &unreadable):
			out[e.Name()] = claim{Executor: string(executor.KindLocal)}
		case err != nil:
			return nil, err
		default:
			out[e.Name()] = c
		}
	}
	return out, nil
}
