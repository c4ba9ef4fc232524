package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/pipeline/internal/files"
)

// RetryFailed puts the results of failed trials aside, as result-N.json, so that
// the study runs them again.
func RetryFailed(dir string) error {
	c, err := ReadContents(dir)
	if err != nil {
		return err
	}
	var kept bytes.Buffer
	for id, r := range c.Results {
		if r.State != Failed {
			line, err := json.Marshal(r)
			if err != nil {
				return fmt.Errorf("writing the index: %w", err)
			}
			kept.Write(append(line, '\n'))
			continue
		}
		if err := putAside(filepath.Join(dir, TrialsDir, id)); err != nil {
			return err
		}
	}
	for id, r := range c.Finals {
		if r.State == Failed {
			if err := putAside(filepath.Join(dir, FinalDir, id)); err != nil {
				return err
			}
		}
	}
	return files.Write(filepath.Join(dir, indexFile), kept.Bytes())
}

// putAside renames a trial's result.
func putAside(trial string) error {
	for i := 1; ; i++ {
		aside := filepath.Join(trial, fmt.Sprintf("result-%d.json", i))
		if files.Exists(aside) {
			continue
		}
		err := os.Rename(filepath.Join(trial, ResultFile), aside)
		if errors.Is(err, os.ErrNotExist) { // by another process
			return nil
		}
		return err
	}
}
