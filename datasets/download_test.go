package datasets

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/memdil/memdil/random"
)

// published is the file that the servers of these tests offer.
var published = randomBytes(1, 300_000)

func randomBytes(seed uint64, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.New(seed, random.Search, 0).Uint64(uint64(i)))
	}
	return b
}

func publishedFile(name string) file {
	sum := md5.Sum(published)
	return file{name: name, size: int64(len(published)), md5: hex.EncodeToString(sum[:])}
}

func testDownloader() *downloader {
	return &downloader{client: &http.Client{}, idle: time.Hour, attempts: 5, log: slog.New(slog.DiscardHandler)}
}

// serve returns a handler that offers content with Range, as a good server does.
func serve(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// send returns a handler that ignores Range: it announces a length (none when
// negative), sends content and, when hang is set, then nothing more.
func send(content []byte, announced int, hang bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		if announced >= 0 {
			w.Header().Set("Content-Length", strconv.Itoa(announced))
		}
		_, _ = w.Write(content)
		_ = http.NewResponseController(w).Flush()
		if hang {
			<-r.Context().Done()
		}
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }
}

// first answers the first request with one handler and later ones with another.
func first(one, then http.HandlerFunc) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			one(w, r)
		} else {
			then(w, r)
		}
	}
}

// mirrors starts a server for each handler and returns their base URLs and the
// requests they get, as "SERVER RANGE".
func mirrors(t *testing.T, handlers ...http.HandlerFunc) (urls []string, requests *[]string) {
	requests = new([]string)
	for i, h := range handlers {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			*requests = append(*requests, strings.TrimSpace(fmt.Sprint(i, " ", r.Header.Get("Range"))))
			h(w, r)
		}))
		t.Cleanup(s.Close)
		urls = append(urls, s.URL+"/")
	}
	return urls, requests
}

// writeFile writes a file and the folders that lead to it.
func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestDownload(t *testing.T) {
	size, half := len(published), len(published)/2
	good := serve(published)
	broken := send(published[:half], size, false)
	other := randomBytes(2, size)
	html := []byte("<!DOCTYPE html><html><body>Please sign in</body></html>")
	asHTML := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(html)
	}
	otherRange := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", size-1, size))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(published)
	}
	packing := func(w http.ResponseWriter, r *http.Request) { // Go's client would unpack the answer
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(pack(published))
			return
		}
		good(w, r)
	}
	from := fmt.Sprintf("bytes=%d-", half)
	tests := []struct {
		name     string
		part     []byte // what an earlier run left
		handlers []http.HandlerFunc
		requests string
		want     []string // in the error; none when the download succeeds
	}{
		{"good", nil, []http.HandlerFunc{good}, "0", nil},
		{"packs for clients that unpack", nil, []http.HandlerFunc{packing}, "0", nil},
		{"not found, then good", nil, []http.HandlerFunc{status(404), good}, "0,1", nil},
		{"server error, then good", nil, []http.HandlerFunc{status(500), good}, "0,1", nil},
		{"HTML, then good", nil, []http.HandlerFunc{asHTML, good}, "0,1", nil},
		{"broken off, then resumed", nil, []http.HandlerFunc{first(broken, good)}, "0,0 " + from, nil},
		{"broken off always, resumed elsewhere", nil, []http.HandlerFunc{broken, good}, "0,0 " + from + ",1 " + from, nil},
		{"ends early without a length", nil, []http.HandlerFunc{first(send(published[:half], -1, false), good)}, "0,0 " + from, nil},
		{"no length at all", nil, []http.HandlerFunc{send(published, -1, false)}, "0", nil},
		{"hangs in the middle, then resumed", nil, []http.HandlerFunc{first(send(published[:half], size, true), good)}, "0,0 " + from, nil},
		{"hangs from the start, then good", nil, []http.HandlerFunc{send(nil, size, true), good}, "0,1", nil},
		{"resumes an earlier run", published[:half], []http.HandlerFunc{good}, "0 " + from, nil},
		{"ignores Range", published[:half], []http.HandlerFunc{send(published, size, false)}, "0 " + from, nil},
		{"another range than asked for", published[:half], []http.HandlerFunc{otherRange, good}, "0 " + from + ",1 " + from, nil},
		{"complete but not yet verified", published, []http.HandlerFunc{good}, "", nil},
		{"complete but wrong", other, []http.HandlerFunc{good}, "0", nil},
		{"longer than published", append(slices.Clone(published), 1), []http.HandlerFunc{good}, "0", nil},
		{"an earlier run left other content", other[:half], []http.HandlerFunc{good}, "0 " + from + ",0", nil},
		{
			"mirrors with different content", nil,
			[]http.HandlerFunc{first(send(other[:half], size, false), status(503)), good},
			"0,0 " + from + ",1 " + from + ",1", nil,
		},
		{"announces too much", nil, []http.HandlerFunc{send(published, size+1, false)}, "0", []string{"offers a file of 300001 bytes, the published one has 300000"}},
		{"announces too little", nil, []http.HandlerFunc{send(published[:half], half, false)}, "0", []string{"offers a file of 150000 bytes"}},
		{"sends too much", nil, []http.HandlerFunc{send(append(slices.Clone(published), 1), -1, false)}, "0", nil},
		{"sends too much of something else", nil, []http.HandlerFunc{send(append(slices.Clone(other), 1), -1, false)}, "0", []string{"not the published file"}},
		{"other content", nil, []http.HandlerFunc{serve(other)}, "0", []string{"not the published file: its MD5 is "}},
		{"HTML under another type", nil, []http.HandlerFunc{send(html, len(html), false)}, "0", []string{"HTML page"}},
		{"HTML on resuming", published[:half], []http.HandlerFunc{asHTML}, "0 " + from, []string{"HTML page"}},
		{"all fail, the last hangs", nil, []http.HandlerFunc{status(404), asHTML, send(nil, size, true)}, "0,1,2", []string{"404 Not Found", "HTML page", "fell silent for 400ms", "by hand and put it at "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			urls, requests := mirrors(t, tt.handlers...)
			path := filepath.Join(t.TempDir(), "data.gz")
			if tt.part != nil {
				writeFile(t, path+partSuffix, tt.part)
			}
			d := testDownloader()
			if strings.Contains(tt.name, "hangs") { // elsewhere a slow machine must not look like a silent server
				d.idle = 400 * time.Millisecond
			}
			err := d.file(context.Background(), publishedFile("data.gz"), urls, path, nil)
			if got := strings.Join(*requests, ","); got != tt.requests {
				t.Errorf("requests %q, want %q", got, tt.requests)
			}
			got, readErr := os.ReadFile(path)
			if tt.want == nil {
				checkError(t, tt.name, err, "")
				if !bytes.Equal(got, published) {
					t.Errorf("%d bytes, not the published file", len(got))
				}
				if _, err := os.Stat(path + partSuffix); err == nil {
					t.Error("the partial file is still there")
				}
				return
			}
			if !errors.Is(readErr, fs.ErrNotExist) {
				t.Error("a file has the final name")
			}
			for _, want := range append(tt.want, append(urls, path)...) {
				checkError(t, tt.name, err, want)
			}
		})
	}
}

func TestDownloadUnreachable(t *testing.T) {
	s := httptest.NewServer(serve(published))
	s.Close()
	path := filepath.Join(t.TempDir(), "data.gz")
	err := testDownloader().file(context.Background(), publishedFile("data.gz"), []string{s.URL + "/"}, path, nil)
	checkError(t, "unreachable", err, s.URL)
}

func TestDownloadProgress(t *testing.T) {
	urls, _ := mirrors(t, serve(published))
	path := filepath.Join(t.TempDir(), "data.gz")
	writeFile(t, path+partSuffix, published[:1000])
	last := int64(1000)
	err := testDownloader().file(context.Background(), publishedFile("data.gz"), urls, path, func(name string, done, total int64) {
		if name != "data.gz" || done <= last || total != int64(len(published)) {
			t.Errorf("progress %s %d of %d after %d", name, done, total, last)
		}
		last = done
	})
	if err != nil || last != int64(len(published)) {
		t.Errorf("progress ends at %d, error %v", last, err)
	}
}

func TestDownloadCancelled(t *testing.T) {
	half := len(published) / 2
	urls, requests := mirrors(t, send(published[:half], len(published), true), serve(published))
	path := filepath.Join(t.TempDir(), "data.gz")
	ctx, cancel := context.WithCancel(context.Background())
	err := testDownloader().file(ctx, publishedFile("data.gz"), urls, path, func(_ string, done, _ int64) {
		if done == int64(half) {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation", err)
	}
	if got := strings.Join(*requests, ","); got != "0" {
		t.Errorf("requests %q after the cancellation", got)
	}
	if got, _ := os.ReadFile(path + partSuffix); !bytes.Equal(got, published[:half]) {
		t.Errorf("%d bytes were kept, want %d", len(got), half)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file has the final name")
	}
}

func TestDownloadDiskFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	urls, requests := mirrors(t, serve(published), serve(published))
	path := filepath.Join(t.TempDir(), "data.gz")
	if err := os.Symlink("/dev/full", path+partSuffix); err != nil {
		t.Fatal(err)
	}
	err := testDownloader().file(context.Background(), publishedFile("data.gz"), urls, path, nil)
	checkError(t, "disk full", err, "no space left on device; make room and run again")
	checkError(t, "disk full", err, path)
	if got := strings.Join(*requests, ","); got != "0" {
		t.Errorf("requests %q, want one only: no other mirror can help", got)
	}
}
