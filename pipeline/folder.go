package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// folder is a run folder that this process holds.
type folder struct {
	path   string
	lock   *flock.Flock
	holder Holder // this process
}

// file returns the path of a file of the folder.
func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// checkpoint returns the path of a file that only memdil reads.
func (f *folder) checkpoint(name string) string {
	return filepath.Join(f.path, runfolder.CheckpointsDir, name)
}

// checkpoints are those of the folder, to be looked at.
func (f *folder) checkpoints() train.Checkpoints { return train.Checkpoints{Dir: f.checkpoint("")} }

// openFolder makes the run folder if need be and takes its lock, so that no
// two processes write to it.
func openFolder(path string) (*folder, error) {
	if files.Exists(path) {
		if err := runfolder.Check(path); err != nil {
			return nil, err
		}
	}
	err := os.MkdirAll(filepath.Join(path, runfolder.CheckpointsDir), 0o755)
	var at *fs.PathError
	switch {
	case errors.Is(err, syscall.ENOTDIR) && errors.As(err, &at):
		return nil, &settings.UsageError{Setting: "runs_dir", Reason: at.Path + " is not a folder", Hint: "name one, which may be a new one"}
	case err != nil:
		return nil, fmt.Errorf("making run folder %s: %w: give a --runs-dir that can be written to", path, err)
	}
	f := &folder{path: path}
	if err := f.take(); err != nil {
		return nil, err
	}
	f.sweep()
	return f, nil
}

// close gives the folder back.
func (f *folder) close() error {
	if f.holder.PID != 0 && !f.moved() {
		f.unsign()
	}
	return f.lock.Close()
}

// unfinished matches the temporary names of files that are being written.
var unfinished = regexp.MustCompile(`^\..+\.[a-z]+[0-9]+$`)

// sweep removes what a process that was killed left half written. What cannot
// be removed stays: it is in nobody's way.
func (f *folder) sweep() {
	_ = filepath.WalkDir(f.path, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && unfinished.MatchString(d.Name()) {
			_ = os.Remove(path)
		}
		return nil
	})
}

// trained reports whether the folder holds anything of a training. What else it
// may hold is made anew in no time.
func (f *folder) trained() bool {
	return files.Exists(f.file(runfolder.ModelFile)) || files.Exists(f.file(runfolder.HistoryFile)) || f.checkpoints().Exist()
}

// claim takes the experiment's run folder. One with a training of another
// experiment is refused, or moved away if that was asked for.
func claim(path string, e settings.Experiment, o Options) (*folder, error) {
	f, err := openFolder(path)
	if err != nil {
		return nil, err
	}
	mistake := f.matches(e)
	switch {
	case mistake == nil && !e.Force, !f.trained():
		return f, nil
	case !e.Force:
		return nil, errors.Join(mistake, f.close())
	}
	f.unsign()
	backup, err := backUp(path)
	if err := errors.Join(err, f.close()); err != nil {
		return nil, err
	}
	o.logger().Warn("moved the old run folder away", "to", backup)
	e.Force = false // another process may be quicker to make the new one
	return claim(path, e, o)
}

// matches reports a run folder whose training is not this experiment's. Other
// settings of the stages after it are no matter: these stages run again.
func (f *folder) matches(e settings.Experiment) error {
	old, _, err := settings.ReadTOML(f.file(runfolder.ExperimentFile))
	if err != nil && f.trainedBy(e) {
		return nil // the file is written anew
	}
	if err != nil {
		return fmt.Errorf("%w; --force moves the folder away and starts anew", err)
	}
	if differences := e.Differences(old, settings.StageTrain); len(differences) > 0 {
		return &settings.UsageError{
			Setting: "uid",
			Reason:  fmt.Sprintf("run folder %s holds a run with other settings (%s)", f.path, strings.Join(differences, ", ")),
			Hint:    "give this run another --uid, or --force to move the old one away",
		}
	}
	return nil
}

// trainedBy reports whether the folder's training is this experiment's by what
// else there is than experiment.toml: the list of stages and the checkpoint.
func (f *folder) trainedBy(e settings.Experiment) bool {
	if m, err := readManifest(f); err == nil {
		if record, done := m[settings.StageTrain]; done {
			return record.Hash == e.Hash(settings.StageTrain)
		}
	}
	c, err := f.checkpoints().Peek()
	return err == nil && c.Key == e.Hash(settings.StageTrain)
}

// backUp moves a run folder out of the way and returns its new name. The
// caller holds the folder.
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
