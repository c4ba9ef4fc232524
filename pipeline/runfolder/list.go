package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/settings"
)

// TrialsDir is the folder of a study that holds its runs.
const TrialsDir = "trials"

// List returns the folders of one kind in dir, or among the trials if it is
// a study, in the order of their names. Backups of replaced runs are left out.
func List(dir string, kind func(path string) bool) ([]string, error) {
	if trials := filepath.Join(dir, TrialsDir); files.Exists(trials) {
		dir = trials
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &settings.UsageError{Reason: "there is no folder " + dir, Hint: "name the folder of a run, of runs or of a study"}
	case errors.Is(err, syscall.ENOTDIR):
		return nil, &settings.UsageError{Reason: dir + " is not a folder", Hint: "name the folder of a run, of runs or of a study"}
	case err != nil:
		return nil, fmt.Errorf("looking for runs: %w", err)
	}
	var found []string
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); !IsBackup(path) && kind(path) {
			found = append(found, path)
		}
	}
	slices.SortFunc(found, naturally)
	return found, nil
}

// IsBackup reports whether path is that of a folder that was moved away.
func IsBackup(path string) bool { return strings.Contains(filepath.Base(path), ".backup-") }

// Is reports whether path is a run folder.
func Is(path string) bool { return files.Exists(filepath.Join(path, ExperimentFile)) }

// naturally orders names as people count: trial-2 before trial-10.
func naturally(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits returns how many digits s begins with.
func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}
