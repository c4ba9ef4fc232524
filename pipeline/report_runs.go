package pipeline

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

// RunGroup is run folders that belong together in a report.
type RunGroup struct {
	// Label is the group's name in legends; "" leaves it to the report to find
	// runs that repeat each other.
	Label string
	// Paths are run folders, study folders, whose trials are meant, or folders
	// of run folders.
	Paths []string
	// Matches are such folders as well, those that patterns found.
	Matches []RunMatches
}

// RunMatches is what a pattern found: of run folders those that have results
// already are meant, as they are in a folder of run folders.
type RunMatches struct {
	Pattern string
	Paths   []string
}

const trialsDir = "trials" // of a study folder

// found is a run folder and what it was found for.
type found struct {
	path, group string
	// listed says that the folder itself was named, so that what it lacks is a
	// mistake, and not a run that is still going on.
	listed bool
}

// findRuns returns the run folders of all groups, each once, in their order.
// The notes tell what a study has that cannot be shown.
func findRuns(groups []RunGroup) (runs []found, notes []string, err error) {
	f := finder{seen: make(map[string]bool)}
	for _, g := range groups {
		for _, path := range g.Paths {
			members, listed, err := runFolders(path)
			if err == nil {
				err = f.add(g.Label, path, members, listed)
			}
			if err != nil {
				return nil, nil, err
			}
		}
		for _, m := range g.Matches {
			if err := f.add(g.Label, m.Pattern, m.runs(), false); err != nil {
				return nil, nil, err
			}
		}
	}
	return f.runs, f.notes, nil
}

// runs returns the run folders that the matches stand for. Backups of replaced
// runs, and what is no run folder, are left out.
func (m RunMatches) runs() []string {
	var all []string
	for _, path := range m.Paths {
		if members, _, err := runFolders(path); err == nil && !isBackup(path) {
			all = append(all, members...)
		}
	}
	return all
}

// finder collects run folders, each once.
type finder struct {
	seen  map[string]bool
	runs  []found
	notes []string
}

// add adds the run folders that were found at, or by, what the user named. Those
// that were not listed themselves are left out while they have no results.
func (f *finder) add(group, named string, members []string, listed bool) error {
	shown := 0
	for _, m := range members {
		key := filepath.Clean(m)
		if !listed && !files.Exists(filepath.Join(m, MetricsFile)) && !files.Exists(filepath.Join(m, HistoryFile)) {
			continue
		}
		shown++
		if !f.seen[key] {
			f.seen[key] = true
			f.runs = append(f.runs, found{m, group, listed})
		}
	}
	if shown < len(members) {
		f.notes = append(f.notes, fmt.Sprintf("%d of %d runs in %s have results.", shown, len(members), folderName(named)))
	}
	if shown == 0 {
		return &settings.UsageError{Reason: named + " holds no run with results yet", Hint: "wait for its first epoch, or name another folder"}
	}
	return nil
}

// runFolders returns the run folders that path stands for: itself (listed), the
// trials of a study, or the run folders in it.
func runFolders(path string) (runs []string, listed bool, err error) {
	if isRunFolder(path) {
		return []string{path}, true, nil
	}
	runs, err = foldersIn(path, isRunFolder)
	if err == nil && len(runs) == 0 {
		err = &settings.UsageError{Reason: fmt.Sprintf("%s is no run folder: it has no %s, nor run folders in it", path, ExperimentFile), Hint: "name the folder of a run or of a study"}
	}
	return runs, false, err
}

// foldersIn returns the folders of one kind in dir, or among the trials if it is
// a study, in the order of their names. Backups of replaced runs are left out.
func foldersIn(dir string, kind func(path string) bool) ([]string, error) {
	if trials := filepath.Join(dir, trialsDir); files.Exists(trials) {
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
		if path := filepath.Join(dir, e.Name()); !isBackup(path) && kind(path) {
			found = append(found, path)
		}
	}
	slices.SortFunc(found, naturally)
	return found, nil
}

// isBackup reports whether path is that of a folder that was moved away.
func isBackup(path string) bool { return strings.Contains(filepath.Base(path), ".backup-") }

func isRunFolder(path string) bool { return files.Exists(filepath.Join(path, ExperimentFile)) }

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
