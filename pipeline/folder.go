package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Names inside a run folder. design.md calls them a contract: other tools read
// these files.
const (
	ExperimentFile = "experiment.toml"
	SamplesFile    = "samples.arrow"
	ModelFile      = "model.onnx"
	HistoryFile    = "history.arrow"
	MetricsFile    = "metrics.json"
	StatisticsFile = "statistics.arrow"
	LogFile        = "log.jsonl"
	ReportDir      = "report"

	featuresDir    = "features"
	checkpointsDir = "checkpoints"
)

// Files of the features folder.
var (
	TrainFeatures  = filepath.Join(featuresDir, "train.arrow")
	TestFeatures   = filepath.Join(featuresDir, "test.arrow")
	ClassifierFile = filepath.Join(featuresDir, "classifier.arrow")
)

// folder is a run folder that this process holds.
type folder struct {
	path string
	lock *flock.Flock
}

// file returns the path of a file of the folder.
func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// checkpoint returns the path of a file that only memdil reads.
func (f *folder) checkpoint(name string) string { return filepath.Join(f.path, checkpointsDir, name) }

// openFolder makes the run folder if need be and takes its lock, so that no
// two processes write to it. The lock ends with the process, however it ends.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(filepath.Join(path, checkpointsDir), 0o755); err != nil {
		return nil, fmt.Errorf("making run folder: %w", err)
	}
	f := &folder{path: path}
	f.lock = flock.New(f.checkpoint("lock"))
	switch held, err := f.lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("locking run folder %s: %w", path, err)
	case !held:
		return nil, fmt.Errorf("run folder %s is held by another process: wait for it, or give this run another --uid", path)
	}
	return f, nil
}

// close gives the folder back.
func (f *folder) close() error { return f.lock.Close() }

// backUp moves a run folder out of the way and returns its new name.
func backUp(path string) (string, error) {
	for i := 1; ; i++ {
		old := fmt.Sprintf("%s.backup-%d", path, i)
		if _, err := os.Lstat(old); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.Rename(path, old); err != nil {
			return "", fmt.Errorf("backing up run folder: %w", err)
		}
		return old, nil
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
