package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/pipeline/settings"
)

// newFolder is a folder that is to appear as a whole.
type newFolder struct {
	path string // absolute
	old  bool   // whether there is one in its place that is not empty, to be moved away
}

// newFolderAt checks that a folder can appear at path: there is none, an empty
// one, or one that may be moved away.
func newFolderAt(path string, force bool) (newFolder, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return newFolder{}, err
	}
	f := newFolder{path: absolute}
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return f, &settings.UsageError{Setting: "output", Reason: path + " is not a folder", Hint: "name one, which may be a new one"}
	case isHere(path):
		return f, &settings.UsageError{Setting: "output", Reason: path + " is the folder that this command was called from", Hint: "name a new one"}
	}
	if f.path, err = filepath.EvalSymlinks(f.path); err != nil {
		return f, err
	}
	f.old = len(entries) > 0
	if f.old && !force {
		return f, &settings.UsageError{Setting: "output", Reason: fmt.Sprintf("folder %s is not empty", path), Hint: "name another, or move this one away with --force"}
	}
	return f, nil
}

// isHere reports whether path is the working directory.
func isHere(path string) bool {
	here, err := os.Stat(".")
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(here, there)
}

// fill has the folder's files written to a temporary folder beside it, and puts
// that in its place.
func (f newFolder) fill(log *slog.Logger, write func(dir string) error) error {
	parent := filepath.Dir(f.path)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("making folder %s: %w", parent, err)
	}
	dir, err := os.MkdirTemp(parent, "."+filepath.Base(f.path)+".")
	if err != nil {
		return fmt.Errorf("making folder %s: %w", f.path, err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // gone, unless something failed
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if err := write(dir); err != nil {
		return err
	}
	if err := f.makeRoom(log); err != nil {
		return err
	}
	if err := os.Rename(dir, f.path); err != nil {
		return fmt.Errorf("putting folder %s in its place: %w", f.path, err)
	}
	return nil
}

// makeRoom moves what is in the folder's place away, or removes it if it is empty.
func (f newFolder) makeRoom(log *slog.Logger) error {
	if !f.old {
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("making room for folder %s: %w", f.path, err)
		}
		return nil
	}
	backup, err := backUp(f.path)
	if err != nil {
		return err
	}
	log.Warn("moved the old folder away", "to", backup)
	return nil
}
