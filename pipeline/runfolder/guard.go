package runfolder

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A run folder may come from a stranger. What docs/security.md promises of it is
// kept here and where its files are read.

// Check reports a run folder with which memdil would read or write
// elsewhere, wait for ever, or run out of memory: one that holds symbolic links
// that lead out of it, anything but files and folders, or files that claim to be
// far larger than what they take.
func Check(path string) error {
	root, err := filepath.EvalSymlinks(path) // the folder itself may be a link
	if err != nil {
		return fmt.Errorf("run folder %s: %w", path, err)
	}
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("run folder %s: %w", path, err)
		}
		if reason := suspicious(root, file, d); reason != "" {
			return fmt.Errorf("run folder %s: %q %s: remove it", path, strings.TrimPrefix(file, root+string(filepath.Separator)), reason)
		}
		return nil
	})
}

// suspicious says what is wrong with an entry of a run folder, "" for nothing.
func suspicious(root, file string, d fs.DirEntry) string {
	target := file
	if d.Type()&fs.ModeSymlink != 0 {
		var err error
		if target, err = filepath.EvalSymlinks(file); err != nil {
			return "is a symbolic link to nothing"
		}
		if !strings.HasPrefix(target, root+string(filepath.Separator)) {
			return "is a symbolic link that leads out of the folder"
		}
	}
	info, err := os.Stat(target)
	switch {
	case err != nil: // it was there a moment ago, a temporary file of another process
		return ""
	case !info.IsDir() && !info.Mode().IsRegular():
		return "is neither a file nor a folder"
	case hollow(info):
		return "claims to be far larger than it is"
	}
	return ""
}

// hollow reports a sparse file of more than a gigabyte that is almost nothing
// but holes, as no file of memdil's is: reading it would fill the memory.
func hollow(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Size() > 1<<30 && stat.Blocks*512 < info.Size()/1000
}
