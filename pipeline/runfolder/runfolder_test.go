package runfolder

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/memdil/memdil/pipeline/settings"
)

// TestList finds runs as people count them, without backups and what is no run,
// in a folder and among a study's trials.
func TestList(t *testing.T) {
	dir := t.TempDir()
	for _, in := range []string{dir, filepath.Join(dir, "study", TrialsDir)} {
		for _, name := range []string{"trial-10", "trial-2", "trial-2.backup-1", "trial-02b", "a"} {
			run := filepath.Join(in, name)
			if err := os.MkdirAll(run, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(run, ExperimentFile), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, of := range []string{dir, filepath.Join(dir, "study")} {
		runs, err := List(of, Is)
		var names []string
		for _, r := range runs {
			names = append(names, filepath.Base(r))
		}
		if want := []string{"a", "trial-2", "trial-02b", "trial-10"}; err != nil || !slices.Equal(names, want) {
			t.Errorf("%s has %q (%v), want %q", of, names, err, want)
		}
	}
	for _, of := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "a", ExperimentFile)} {
		if _, err := List(of, Is); !errors.As(err, new(*settings.UsageError)) {
			t.Errorf("%s: error %v, want a mistake of usage", of, err)
		}
	}
}

// TestCheck looks at folders with one entry that reaches further, or does not.
func TestCheck(t *testing.T) {
	outside := t.TempDir()
	for want, plant := range map[string]func(path string) error{
		"":                                   func(path string) error { return os.WriteFile(path, nil, 0o644) },
		"leads out of the folder":            func(path string) error { return os.Symlink(outside, path) },
		"symbolic link to nothing":           func(path string) error { return os.Symlink("none", path) },
		"is neither a file nor a folder":     func(path string) error { return syscall.Mkfifo(path, 0o644) },
		"claims to be far larger than it is": func(path string) error { return errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<40)) },
	} {
		dir := t.TempDir()
		if err := plant(filepath.Join(dir, "entry")); err != nil {
			t.Fatal(err)
		}
		if err := Check(dir); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), `"entry" `) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
