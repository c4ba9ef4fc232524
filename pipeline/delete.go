package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// checkpointNames matches the names of all checkpoints, damaged ones included.
const checkpointNames = "*.ckpt*"

// discardTraining forgets what is there of a training, so that it begins anew.
// The model stays until there is a new one.
func (r *run) discardTraining() error {
	if _, done := r.manifest[settings.StageTrain]; done {
		delete(r.manifest, settings.StageTrain)
		if err := r.manifest.write(r.folder); err != nil {
			return err
		}
	}
	return r.folder.removeCheckpoints()
}

// deleteModel removes the model and the checkpoints once the stages that read
// them are done. It notes that first: a file that is missing for another reason
// is made anew.
func (r *run) deleteModel() error {
	if reason := r.stale(settings.StageExport); reason != "" {
		return fmt.Errorf("keeping %s: stage %s needs it: %s", r.folder.file(runfolder.ModelFile), settings.StageExport, reason)
	}
	for _, record := range r.manifest {
		if file, ok := record.Files[runfolder.ModelFile]; ok {
			file.Deleted = true
			record.Files[runfolder.ModelFile] = file
		}
	}
	if err := r.manifest.write(r.folder); err != nil {
		return err
	}
	if err := os.Remove(r.folder.file(runfolder.ModelFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("deleting the model: %w", err)
	}
	r.log.Info("deleted the model and the checkpoints", "folder", r.folder.path)
	return r.folder.removeCheckpoints()
}

// removeCheckpoints removes all checkpoints of the folder.
func (f *folder) removeCheckpoints() error {
	entries, err := os.ReadDir(f.file(runfolder.CheckpointsDir))
	for _, e := range entries {
		if is, _ := filepath.Match(checkpointNames, e.Name()); is && err == nil {
			err = os.Remove(f.checkpoint(e.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("removing the checkpoints: %w", err)
	}
	return nil
}
