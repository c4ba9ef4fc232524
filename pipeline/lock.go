package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// Holder is a process that holds a run folder.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// String says which process it is, "" if that is not known.
func (h Holder) String() string {
	if h.PID == 0 {
		return ""
	}
	return fmt.Sprintf("%d on %s since %s", h.PID, h.Host, h.Since.Local().Format("2006-01-02 15:04:05"))
}

// lockPatience is how long a folder is waited for: one that only looks whether
// it is held has it for a moment.
const lockPatience = 200 * time.Millisecond

// lockName is the name of the file that is locked, among the checkpoints. The
// operating system holds the lock, which ends with the process, however that
// ends; what the file says is for people.
const lockName = "lock"

// take locks the folder and notes who has it.
func (f *folder) take() error {
	f.lock = flock.New(f.checkpoint(lockName), flock.SetPermissions(0o644))
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	held, err := f.lock.TryLockContext(ctx, lockPatience/10)
	switch {
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("locking run folder %s: %w", f.path, err)
	case !held || f.moved():
		advice := "wait for it, or give this run another --uid"
		if holder := readHolder(f.lock.Path()).String(); holder != "" {
			advice = holder + "; " + advice
		}
		_ = f.close()
		return fmt.Errorf("run folder %s is held by another process: %s", f.path, advice)
	}
	host, _ := os.Hostname() // "" is as good as any
	f.holder = Holder{PID: os.Getpid(), Host: host, Since: time.Now()}
	data, err := json.Marshal(f.holder)
	if err != nil {
		return errors.Join(err, f.close())
	}
	_ = os.WriteFile(f.lock.Path(), append(data, '\n'), 0o644) // in place: the lock is the file's
	return nil
}

// unsign takes the note back, so that nothing is left of a call that did
// nothing.
func (f *folder) unsign() { _ = os.Truncate(f.lock.Path(), 0) }

// readHolder reads what a lock says of its holder.
func readHolder(path string) (h Holder) {
	data, err := files.Read(path)
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}

// heldBy returns the process that holds a run folder, nil if there is none. It
// does not wait for the folder and leaves no trace in it.
func heldBy(path string) *Holder {
	file := filepath.Join(path, runfolder.CheckpointsDir, lockName)
	if !files.Exists(file) {
		return nil
	}
	lock := flock.New(file)
	defer func() { _ = lock.Close() }() // it was only looked at
	if free, err := lock.TryRLock(); err != nil || free {
		return nil
	}
	h := readHolder(file)
	return &h
}

// moved reports whether the lock is no longer at its path: another process
// moved the folder away while this one was taking it.
func (f *folder) moved() bool {
	held, err := f.lock.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(f.lock.Path())
	return err != nil || !os.SameFile(held, there)
}
