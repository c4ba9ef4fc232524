package datasets

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

var (
	errIdle = errors.New("the server fell silent")
	errHTML = errors.New("answered with an HTML page, not the file (a sign-in or error page?)")
)

// transfer appends to part what lies after offset, or all of the file when the
// server does not resume. It succeeds when part then has the published size.
func (d *downloader) transfer(ctx context.Context, url string, f file, part string, offset int64, progress Progress) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(d.idle, func() { cancel(fmt.Errorf("%w for %v", errIdle, d.idle)) })
	defer silence.Stop()

	resp, err := d.request(ctx, url, offset)
	if err != nil {
		return causeOf(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		offset = 0
	}
	body := bufio.NewReaderSize(resp.Body, 1<<16)
	if err := checkAnswer(resp, body, f, offset); err != nil {
		return causeOf(ctx, err)
	}
	out, err := openPart(part, offset)
	if err != nil {
		return &localError{err}
	}
	err = copyBody(out, body, f.size-offset, func(n int64) {
		silence.Reset(d.idle)
		progress(f.name, offset+n, f.size)
	})
	if closeErr := out.Close(); err == nil && closeErr != nil {
		err = &localError{closeErr}
	}
	return causeOf(ctx, err)
}

// causeOf replaces an error that follows from the end of ctx by its cause.
func causeOf(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// request asks for the file from offset on.
func (d *downloader) request(ctx context.Context, url string, offset int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "memdil")
	req.Header.Set("Accept-Encoding", "identity") // or the client would unpack a .gz on its way
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	return d.client.Do(req)
}

// checkAnswer reports an answer that cannot be the bytes of f from offset on.
func checkAnswer(resp *http.Response, body *bufio.Reader, f file, offset int64) error {
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusPartialContent:
		if got := resp.Header.Get("Content-Range"); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", offset)) {
			return fmt.Errorf("answered with the range %q when asked for all from byte %d", got, offset)
		}
	default:
		return errors.New(resp.Status)
	}
	start, _ := body.Peek(512) // a read error comes again when the body is copied
	sniffed := offset == 0 && strings.HasPrefix(http.DetectContentType(start), "text/html")
	if sniffed || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return errHTML
	}
	if n := resp.ContentLength; n >= 0 && offset+n != f.size {
		return fmt.Errorf("offers a file of %d bytes, the published one has %d", offset+n, f.size)
	}
	return nil
}

// openPart opens part for writing from offset on, emptied when that is 0.
func openPart(part string, offset int64) (*os.File, error) {
	flags := os.O_WRONLY | os.O_CREATE
	if offset == 0 {
		flags |= os.O_TRUNC
	}
	out, err := os.OpenFile(part, flags, 0o644)
	if err != nil {
		return nil, err
	}
	if _, err := out.Seek(offset, io.SeekStart); err != nil {
		out.Close()
		return nil, err
	}
	return out, nil
}

// copyBody writes the first size bytes of body to out and to disk, and reports
// how many there are after each piece. What a server sends beyond them is not
// looked at: the checksum tells whether they are the file.
func copyBody(out *os.File, body io.Reader, size int64, wrote func(n int64)) error {
	buffer := make([]byte, 1<<16)
	var n int64
	for n < size {
		got, err := body.Read(buffer[:min(size-n, int64(len(buffer)))])
		if _, err := out.Write(buffer[:got]); err != nil {
			return &localError{err}
		}
		if n += int64(got); got > 0 {
			wrote(n)
		}
		if err != nil && n < size {
			return fmt.Errorf("broke off %d bytes before the end: %w", size-n, err)
		}
	}
	if err := out.Sync(); err != nil {
		return &localError{err}
	}
	return nil
}
