package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Names inside a study's folder; doc.go describes them.
const (
	StudyFile   = "study.toml"
	originFile  = "study.json"
	TrialsDir   = "trials"
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

// readJSON reads a file's value. The error names the file; it is os.ErrNotExist
// where there is none.
func readJSON(path string, value any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// remove removes a file that may be gone.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
