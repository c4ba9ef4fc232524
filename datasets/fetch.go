package datasets

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Progress is told how many bytes of a published file are there, of how many.
// It is called from one goroutine at a time, also with fewer bytes than before
// when a download starts anew.
type Progress func(file string, done, total int64)

// Fetch downloads what is missing of a data set's files below the data
// directory (default ~/data) and returns the folder that holds them all.
// Files that are there are left as they are; [Verify] checks them.
func Fetch(ctx context.Context, name, dir string, progress Progress) (string, error) {
	src, err := lookup(name)
	if err != nil {
		return "", err
	}
	if dir, err = dataDir(dir); err != nil {
		return "", err
	}
	f, err := newDownloader(slog.Default()).fetch(ctx, src, dir, progress)
	if err != nil {
		return "", err
	}
	return f.display(f.dir), nil
}

// lockName is the file in a data set's folder whose lock lets one process
// download. It stays there: removing it would let a second one in.
const lockName = ".memdil.lock"

// fetch downloads the missing files of src. Other processes that want the same
// wait, and then find the files.
func (d *downloader) fetch(ctx context.Context, src *source, dir string, progress Progress) (*folder, error) {
	fsys := os.DirFS(dir)
	f, missing := src.locate(fsys, dir)
	if len(missing) == 0 {
		return f, nil
	}
	target := f.display(f.dir)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return nil, fmt.Errorf("%s: make a folder for its files: %w; set --data-dir to a folder that holds them or can be written", src.name, err)
	}
	lock := flock.New(filepath.Join(target, lockName), flock.SetPermissions(0o644)) // other users of a shared folder lock it too
	if ok, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("%s: lock its folder: %w; set --data-dir to a folder that holds its files or can be written", src.name, err)
	} else if !ok {
		d.log.Info("waiting for another process to download", "dataset", src.name, "folder", target)
		if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
			return nil, fmt.Errorf("%s: wait for the lock %s: %w", src.name, lock.Path(), err)
		}
	}
	defer func() { _ = lock.Close() }() // a lock ends with its process at the latest

	f, missing = src.locate(fsys, dir)
	if err := d.complete(ctx, src, target, missing, progress); err != nil {
		return nil, fmt.Errorf("%s: %w", src.name, err)
	}
	return f, nil
}

// complete puts what is missing of a data set into its folder.
func (d *downloader) complete(ctx context.Context, src *source, target string, missing []file, progress Progress) error {
	if src.archive != nil && len(missing) > 0 {
		return d.unpackMissing(ctx, src, target, missing, progress)
	}
	for _, file := range missing {
		if err := d.file(ctx, file, src.mirrors, filepath.Join(target, file.name), progress); err != nil {
			return err
		}
	}
	return nil
}
