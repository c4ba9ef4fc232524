package runfolder

import (
	"fmt"
	"path/filepath"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/settings"
)

// Experiment reads the settings of a run folder.
func Experiment(path string) (settings.Experiment, error) {
	file := filepath.Join(path, ExperimentFile)
	if !files.Exists(file) {
		return settings.Experiment{}, &settings.UsageError{Reason: fmt.Sprintf("%s is no run folder: it has no %s", path, ExperimentFile), Hint: "name a folder that `memdil run` made"}
	}
	e, _, err := settings.ReadTOML(file)
	if err != nil {
		return e, err
	}
	if err := e.Check(); err != nil {
		return e, fmt.Errorf("%s: %w", file, err)
	}
	return e, nil
}
