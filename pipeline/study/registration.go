package study

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/memdil/memdil/pipeline/internal/files"
)

// registration is a process that works on a study, while it lives: a file in
// runners, whose lock it holds and whose time of modification it renews.
type registration struct {
	runnerRecord
	study string
	lock  *flock.Flock
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// runnerRecord is what the file says.
type runnerRecord struct {
	ID          string    `json:"id"`
	Host        string    `json:"host"`
	PID         int       `json:"pid"`
	Executor    string    `json:"executor"`
	Concurrency int       `json:"concurrency"`
	Since       time.Time `json:"since"`
}

// beat is how often a runner shows that it lives, and silence how long others
// wait before they believe it dead where they cannot see its lock; variables
// for tests.
var (
	beat    = 10 * time.Second
	silence = 2 * time.Minute
)

// register makes this process known.
func register(study, executor string, concurrency int) (*registration, error) {
	for _, dir := range []string{claimsDir, runnersDir, jobsDir, TrialsDir} {
		if err := os.MkdirAll(filepath.Join(study, dir), 0o755); err != nil {
			return nil, fmt.Errorf("making the study's folders: %w", err)
		}
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("finding this machine's name: %w", err)
	}
	now := time.Now()
	r := &registration{study: study, runnerRecord: runnerRecord{
		ID: fmt.Sprintf("%s-%d-%d", host, os.Getpid(), now.UnixNano()), Host: host, PID: os.Getpid(),
		Executor: executor, Concurrency: concurrency, Since: now,
	}}
	path := r.path()
	// The lock is taken before the file has its name: a runner that others see
	// is alive.
	if err := files.WriteJSON(path+".new", r.runnerRecord); err != nil {
		return nil, err
	}
	r.lock = flock.New(path + ".new")
	if held, err := r.lock.TryLock(); err != nil || !held {
		return nil, fmt.Errorf("locking %s: %w", path, errors.Join(err, r.lock.Close()))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, errors.Join(err, r.lock.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	r.done.Go(func() { r.beats(ctx) })
	return r, nil
}

func (r *registration) path() string { return filepath.Join(r.study, runnersDir, r.ID) }

// beats renews the file's time until ctx ends.
func (r *registration) beats(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			_ = os.Chtimes(r.path(), now, now) // where that fails for long, others take over
		}
	}
}

// close makes the process unknown.
func (r *registration) close() error {
	r.stop()
	r.done.Wait()
	return errors.Join(remove(r.path()), r.lock.Close())
}

// readRunners returns the living runners by their ID. A runner of this machine
// lives as long as it holds its lock; of another's, the file's time tells.
func readRunners(study string) (map[string]runnerRecord, error) {
	dir := filepath.Join(study, runnersDir)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading the runners: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("finding this machine's name: %w", err)
	}
	out := map[string]runnerRecord{}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasSuffix(e.Name(), ".new") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		var r runnerRecord
		if err := readJSON(path, &r); err != nil {
			continue // it has ended meanwhile
		}
		if r.alive(path, host) {
			out[r.ID] = r
		}
	}
	return out, nil
}

func (r runnerRecord) alive(path, host string) bool {
	if r.Host != host {
		info, err := os.Stat(path)
		return err == nil && time.Since(info.ModTime()) < silence
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	held, err := lock.TryRLock()
	if held {
		_ = lock.Unlock() // only looked
	}
	_ = lock.Close()
	return err == nil && !held
}
