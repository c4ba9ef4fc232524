package datasets

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// downloader fetches published files over HTTP.
type downloader struct {
	client   *http.Client
	idle     time.Duration // longest silence of a server
	attempts int           // at most, at one mirror
	log      *slog.Logger
}

func newDownloader(log *slog.Logger) *downloader {
	return &downloader{client: http.DefaultClient, idle: 30 * time.Second, attempts: 5, log: log}
}

// partSuffix marks a file that is not complete or not verified yet.
const partSuffix = ".part"

// file downloads f to path, trying the mirrors in turn. The bytes gather in
// path.part, where an interrupted download goes on, at whichever mirror; the
// file gets its name only once its checksum is the published one.
func (d *downloader) file(ctx context.Context, f file, mirrors []string, path string, progress Progress) error {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	failed := &downloadError{path: path}
	for _, mirror := range mirrors {
		url := mirror + f.name
		d.log.Info("download", "url", url, "to", path)
		err := d.fromMirror(ctx, url, f, path+partSuffix, progress)
		if err == nil {
			if err = os.Rename(path+partSuffix, path); err != nil {
				err = &localError{err}
			}
		}
		var local *localError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("download %s: %w", url, context.Cause(ctx))
		case errors.As(err, &local):
			return fmt.Errorf("download %s: %w", url, err)
		}
		d.log.Warn("download failed", "url", url, "error", err)
		failed.tries = append(failed.tries, fmt.Errorf("%s: %w", url, err))
	}
	return failed
}

// fromMirror downloads and verifies one file. It returns to the same mirror
// after a failure as long as that brings the file further.
func (d *downloader) fromMirror(ctx context.Context, url string, f file, part string, progress Progress) error {
	for attempt := 1; ; attempt++ {
		before, err := partSize(part, f.size)
		if err != nil {
			return err
		}
		if before < f.size {
			err = d.transfer(ctx, url, f, part, before, progress)
		}
		if err == nil {
			if err = verifyPart(part, f); err == nil {
				return nil
			}
			// Bytes that an earlier mirror or run left may be to blame, so a
			// resumed file is worth another attempt, a fresh one is not.
			if before == 0 || attempt >= d.attempts {
				return err
			}
			continue
		}
		if after, sizeErr := partSize(part, f.size); sizeErr != nil || after <= before || attempt >= d.attempts {
			return err
		}
	}
}

// partSize returns how much of a file of the given size is there already. A
// part that is too long is dropped.
func partSize(part string, size int64) (int64, error) {
	info, err := os.Stat(part)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, &localError{err}
	case info.Size() > size:
		return 0, removePart(part)
	}
	return info.Size(), nil
}

// verifyPart compares the checksum of a complete file and drops it when it is
// not the published one.
func verifyPart(part string, f file) error {
	in, err := os.Open(part)
	if err != nil {
		return &localError{err}
	}
	defer in.Close()
	sum := md5.New()
	if _, err := io.Copy(sum, in); err != nil {
		return &localError{err}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.md5 {
		if err := removePart(part); err != nil {
			return err
		}
		return fmt.Errorf("not the published file: its MD5 is %s, not %s", got, f.md5)
	}
	return nil
}

func removePart(part string) error {
	if err := os.Remove(part); err != nil {
		return &localError{err}
	}
	return nil
}

// localError is a failure on this machine, which no other mirror can mend.
type localError struct{ err error }

func (e *localError) Error() string {
	if errors.Is(e.err, syscall.ENOSPC) || errors.Is(e.err, syscall.EDQUOT) {
		return e.err.Error() + "; make room and run again, the download goes on where it stopped"
	}
	return e.err.Error()
}

func (e *localError) Unwrap() error { return e.err }

// downloadError reports that no mirror gave a file.
type downloadError struct {
	path  string
	tries []error // one for each mirror
}

func (e *downloadError) Error() string {
	var b strings.Builder
	b.WriteString("download failed at every mirror: ")
	for _, err := range e.tries {
		fmt.Fprintf(&b, "%v; ", err)
	}
	fmt.Fprintf(&b, "fetch the file by hand and put it at %s", e.path)
	return b.String()
}

func (e *downloadError) Unwrap() []error { return e.tries }
