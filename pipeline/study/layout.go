package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/memdil/memdil/pipeline/runfolder"
)

// Names inside a study's folder; doc.go describes them.
const (
	StudyFile   = "study.toml"
	originFile  = "study.json"
	TrialsDir   = runfolder.TrialsDir
	FinalDir    = "final"
	ReportDir   = "report"
	TrialFile   = "trial.json"
	ResultFile  = "result.json"
	MetricsFile = "metrics.jsonl"
	LogFile     = "trial.log"
	StopFile    = "STOP"

	claimsDir    = "claims"
	runnersDir   = "runners"
	jobsDir      = "jobs"
	indexFile    = "index.jsonl"
	progressFile = "alive" // its time of modification tells that a trial gets on
	lockFile     = "trial.lock"
)

// errDamaged says that a file does not hold what it should, as after a power
// failure or a slip of an editor.
var errDamaged = errors.New("is damaged")

// readJSON reads a file's value. The error names the file; it is os.ErrNotExist
// where there is none, and errDamaged where something else is.
func readJSON(path string, value any) error {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return damaged(path, "it is a folder")
	case err != nil:
		return err
	case len(bytes.TrimSpace(data)) == 0:
		return damaged(path, "it is empty")
	}
	if err := json.Unmarshal(data, value); err != nil {
		return damaged(path, err.Error())
	}
	return nil
}

func damaged(path, how string) error { return fmt.Errorf("%s %w: %s", path, errDamaged, how) }

// remove removes a file that may be gone.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
