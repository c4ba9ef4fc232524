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
		err = &mirrorError{mirror: mirror, err: err}
		d.log.Info("download failed", "url", url, "error", err)
		failed.tries = append(failed.tries, err)
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
	got, err := md5Of(part)
	if err != nil {
		return &localError{err}
	}
	if got != f.md5 {
		if err := removePart(part); err != nil {
			return err
		}
		return fmt.Errorf("not the published file: its MD5 is %s, not %s", got, f.md5)
	}
	return nil
}

// md5Of returns the MD5 sum of a file in hex.
func md5Of(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	sum := md5.New()
	if _, err := io.Copy(sum, in); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func removePart(part string) error {
	if err := os.Remove(part); err != nil {
		return &localError{err}
	}
	return nil
}
