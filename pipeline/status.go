package pipeline

import (
	"os"
	"path/filepath"
	"time"

	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// RunStatus is the state of a run folder.
type RunStatus struct {
	Run  string `json:"run"` // the folder's name
	Path string `json:"path"`
	Progress
}

// Status looks at a run folder, or at all run folders of a folder or a study, in
// the order of their names. Backups are left out. It leaves no trace in them and
// needs nobody's consent. An empty list is not an error; no folder of that name
// is a *UsageError.
func Status(dir string) ([]RunStatus, error) {
	runs := []string{dir}
	if !begun(dir) {
		var err error
		if runs, err = runfolder.List(dir, begun); err != nil {
			return nil, err
		}
	}
	all := make([]RunStatus, len(runs))
	for i, run := range runs {
		all[i] = statusOf(run)
	}
	return all, nil
}

// begun reports whether a run was begun in the folder.
func begun(path string) bool {
	return files.Exists(filepath.Join(path, runfolder.ExperimentFile)) || files.Exists(filepath.Join(path, runfolder.CheckpointsDir, lockName))
}

// statusOf says what has become of a run. A process that is gone has stopped,
// whatever it said last.
func statusOf(path string) RunStatus {
	f := &folder{path: path}
	s := RunStatus{Run: runfolder.Name(path), Path: path}
	if p := readProgress(f); p != nil {
		s.Progress = *p
	}
	holder := heldBy(path)
	m, err := readManifest(f)
	switch {
	case holder != nil:
		s.State = StateRunning
		if s.Holder.PID != holder.PID { // it has said nothing yet
			s.Progress = Progress{State: StateRunning, Holder: *holder, Updated: holder.Since}
		}
	case s.State == StateFailed, s.State == StateDone:
	case err == nil && m.complete():
		s.State = StateFinished
	default:
		s.State = StateStopped
	}
	if s.State != StateRunning {
		s.SecondsLeft = nil
	}
	s.fromHistory(f)
	return s
}

// fromHistory takes from the history what the last call has not said, because
// it did not train.
func (s *RunStatus) fromHistory(f *folder) {
	if s.Loss != nil {
		return
	}
	epochs, err := history.Read(f.file(runfolder.HistoryFile))
	if err != nil || len(epochs) == 0 {
		return
	}
	last := epochs[len(epochs)-1]
	s.Epoch, s.Loss, s.Accuracy = last.Epoch, &last.TrainLoss, &last.TrainAcc
	if e, _, err := settings.ReadTOML(f.file(runfolder.ExperimentFile)); err == nil {
		s.Epochs = e.Epochs
	}
	if s.Updated.IsZero() {
		s.Updated = modified(f.file(runfolder.HistoryFile))
	}
}

// modified returns when a file was last written.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
