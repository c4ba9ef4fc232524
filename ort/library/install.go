package library

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// InstallOptions say what to install. The zero value downloads the CPU runtime.
type InstallOptions struct {
	CUDA     bool      // the build with the CUDA provider (Linux x64, 256 MB)
	Wheel    string    // a wheel file that is here already, instead of a download: for machines without a network
	Progress io.Writer // where to tell what is being done, a line a step; nil tells nobody
}

// Install puts the pinned ONNX Runtime into memdil's cache, unless it is there, and returns the library's path.
//
// It downloads the wheel of the Python package with whichever of pip and uv is there, and else the package for Node with npm;
// nothing of Python or Node is installed. What is downloaded must have the hash that is built into memdil. Installing is atomic,
// and safe when several processes try at once. When ctx is cancelled, the download is ended and nothing stays behind.
func Install(ctx context.Context, o InstallOptions) (string, error) {
	i := installer{progress: cmp.Or[io.Writer](o.Progress, io.Discard)}
	p, err := choosePin(o)
	if err != nil {
		return "", err
	}
	if i.root, err = cacheRoot(); err != nil {
		return "", err
	}
	wanted := []release{p.release}
	if o.Wheel == "" && !p.cuda {
		wanted = append(wanted, release{version: npmVersion})
	}
	if path, ok := i.installed(wanted); ok {
		return path, nil
	}
	if err := os.MkdirAll(i.root, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w: set XDG_CACHE_HOME to a folder that can be written, or ORT_LIBRARY to the library", err)
	}
	lock := flock.New(filepath.Join(i.root, p.folder()+".lock"))
	// Some network file systems cannot lock; then two processes may download at once, and the first to finish wins.
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err == nil {
		defer lock.Unlock()
	} else if ctx.Err() != nil {
		return "", fmt.Errorf("wait for another installation (%s): %w", lock.Path(), err)
	}
	if path, ok := i.installed(wanted); ok { // by the process that held the lock
		return path, nil
	}
	path, err := i.install(ctx, p, o.Wheel)
	if err != nil {
		return "", fmt.Errorf("install ONNX Runtime %s: %w", p.version, err)
	}
	i.tell("installed %s", path)
	return path, nil
}

// installer installs into the cache.
type installer struct {
	root     string
	progress io.Writer
}

func (i installer) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(i.progress, format+"\n", args...) // that nobody watches does not matter
}

// installed is the library that an earlier installation left.
func (i installer) installed(wanted []release) (string, bool) {
	for _, r := range wanted {
		if path := filepath.Join(i.root, r.folder(), libraryName(r.version)); isFile(path) {
			return path, true
		}
	}
	return "", false
}

// install works in a temporary folder beside the final one, which it renames at the very end.
func (i installer) install(ctx context.Context, p pin, wheel string) (string, error) {
	work, err := os.MkdirTemp(i.root, ".install-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if wheel == "" {
		return i.download(ctx, p, work)
	}
	return i.unpack(p, wheel, work)
}

// download tries one tool after the other.
func (i installer) download(ctx context.Context, p pin, work string) (string, error) {
	var failures []string
	for n, s := range sources {
		dir := filepath.Join(work, fmt.Sprint(n))
		if err := os.Mkdir(dir, 0o755); err != nil {
			return "", err
		}
		path, err := s.get(ctx, i, p, dir)
		if err == nil {
			return path, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		failures = append(failures, fmt.Sprintf("%s: %v", s.name, err))
	}
	return "", fmt.Errorf("no way worked (%s). By hand: run `pip install %s==%s`, or set ORT_LIBRARY to %s of version %s or newer, "+
		"or fetch the wheel on another machine (`%s`) and run `memdil runtime install --wheel FILE`",
		strings.Join(failures, "; "), p.pkg, p.version, libraryName("VERSION"), Oldest, strings.Join(append([]string{"pip"}, pipArgs(p)...), " "))
}

// unpack installs from a wheel file, which must be the pinned one.
func (i installer) unpack(p pin, wheel, work string) (string, error) {
	i.tell("checking %s", filepath.Base(wheel))
	if err := checkHash(wheel, p.sha256); err != nil {
		return "", err
	}
	libraries := filepath.Join(work, "libraries")
	if err := unpackWheel(wheel, libraries); err != nil {
		return "", fmt.Errorf("unpack %s: %w", filepath.Base(wheel), err)
	}
	return i.publish(p.release, libraries)
}

// publish makes the folder of libraries the installed one of its release.
func (i installer) publish(r release, libraries string) (string, error) {
	if !isFile(filepath.Join(libraries, libraryName(r.version))) {
		return "", fmt.Errorf("the package holds no %s", libraryName(r.version))
	}
	if err := syncAll(libraries); err != nil {
		return "", fmt.Errorf("flush the libraries to the disk: %w", err)
	}
	target := filepath.Join(i.root, r.folder())
	path := filepath.Join(target, libraryName(r.version))
	if isFile(path) { // installed meanwhile by a process that could not be locked out
		return path, nil
	}
	if err := os.RemoveAll(target); err != nil {
		return "", err
	}
	if err := os.Rename(libraries, target); err != nil {
		return "", err
	}
	return path, syncPath(i.root)
}

// syncAll flushes a folder and what is in it to the disk.
func syncAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncPath(path)
	})
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
