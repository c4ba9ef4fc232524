package compare

import (
	"fmt"
	"path/filepath"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// Group is run folders that belong together in a report.
type Group struct {
	// Label is the group's name in legends; "" leaves it to the report to find
	// runs that repeat each other.
	Label string
	// Paths are run folders, study folders, whose trials are meant, or folders
	// of run folders.
	Paths []string
	// Matches are such folders as well, those that patterns found.
	Matches []Matches
}

// Matches is what a pattern found: of run folders those that have results
// already are meant, as they are in a folder of run folders.
type Matches struct {
	Pattern string
	Paths   []string
}

// found is a run folder and what it was found for.
type found struct {
	path, group string
	// listed says that the folder itself was named, so that what it lacks is a
	// mistake, and not a run that is still going on.
	listed bool
}

// findRuns returns the run folders of all groups, each once, in their order.
// The notes tell what a study has that cannot be shown.
func findRuns(groups []Group) (runs []found, notes []string, err error) {
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
func (m Matches) runs() []string {
	var all []string
	for _, path := range m.Paths {
		if members, _, err := runFolders(path); err == nil && !runfolder.IsBackup(path) {
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
		if !listed && !files.Exists(filepath.Join(m, runfolder.MetricsFile)) && !files.Exists(filepath.Join(m, runfolder.HistoryFile)) {
			continue
		}
		shown++
		if !f.seen[key] {
			f.seen[key] = true
			f.runs = append(f.runs, found{m, group, listed})
		}
	}
	if shown < len(members) {
		f.notes = append(f.notes, fmt.Sprintf("%d of %d runs in %s have results.", shown, len(members), runfolder.Name(named)))
	}
	if shown == 0 {
		return &settings.UsageError{Reason: named + " holds no run with results yet", Hint: "wait for its first epoch, or name another folder"}
	}
	return nil
}

// runFolders returns the run folders that path stands for: itself (listed), the
// trials of a study, or the run folders in it.
func runFolders(path string) (runs []string, listed bool, err error) {
	if runfolder.Is(path) {
		return []string{path}, true, nil
	}
	runs, err = runfolder.List(path, runfolder.Is)
	if err == nil && len(runs) == 0 {
		err = &settings.UsageError{Reason: fmt.Sprintf("%s is no run folder: it has no %s, nor run folders in it", path, runfolder.ExperimentFile), Hint: "name the folder of a run or of a study"}
	}
	return runs, false, err
}
