package datasets

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// serveFiles offers each content under its path.
func serveFiles(content map[string][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if data, ok := content[r.URL.Path]; ok {
			serve(data)(w, r)
		} else {
			http.NotFound(w, r)
		}
	}
}

// remote returns a copy of mnist's entry whose two-image files a server offers.
func remote(t *testing.T) (src *source, requests *[]string) {
	src = new(*mustLookup(t, "mnist"))
	content := map[string][]byte{}
	for name, f := range smallMNIST("mnist") {
		content["/"+filepath.Base(name)] = f.Data
	}
	src.files = slices.Clone(src.files)
	for i := range src.files {
		f := &src.files[i]
		data, ok := content["/"+f.name]
		if !ok {
			data = pack(content["/"+f.name[:len(f.name)-len(".gz")]])
			content["/"+f.name] = data
		}
		sum := md5.Sum(data)
		f.size, f.md5, f.sha256 = int64(len(data)), hex.EncodeToString(sum[:]), ""
	}
	src.mirrors, requests = mirrors(t, serveFiles(content))
	return src, requests
}

func TestFetch(t *testing.T) {
	src, requests := remote(t)
	dir := t.TempDir()
	// One file is there already, unpacked and with another checksum; it stays.
	mine := encodeIDX([]byte{1, 1}, 2)
	kept := filepath.Join(dir, "mnist", "t10k-labels-idx1-ubyte")
	writeFile(t, kept, mine)

	f, err := testDownloader().fetch(context.Background(), src, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(*requests) != 3 {
		t.Errorf("%d requests, want one for each missing file", len(*requests))
	}
	for _, part := range []Split{Train, Test} {
		if _, _, err := src.read(f, part); err != nil {
			t.Error(err)
		}
	}
	if got, _ := os.ReadFile(kept); !bytes.Equal(got, mine) {
		t.Error("the file that was there changed")
	}
}

func TestFetchOnce(t *testing.T) {
	src, requests := remote(t)
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := testDownloader().fetch(context.Background(), src, dir, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(*requests) != 4 {
		t.Errorf("%d requests for 4 files", len(*requests))
	}
}

func TestFetchWaitsForTheLock(t *testing.T) {
	src, requests := remote(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "mnist", lockName)
	writeFile(t, path, nil)
	lock := flock.New(path)
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := testDownloader().fetch(ctx, src, dir, nil)
	if !errors.Is(err, context.DeadlineExceeded) || len(*requests) > 0 {
		t.Errorf("error %v after %d requests, want to wait for the lock", err, len(*requests))
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := testDownloader().fetch(context.Background(), src, dir, nil); err != nil {
		t.Error(err)
	}
}

func TestFetchToNoFolder(t *testing.T) {
	src, _ := remote(t)
	dir := filepath.Join(t.TempDir(), "file")
	writeFile(t, dir, nil)
	_, err := testDownloader().fetch(context.Background(), src, dir, nil)
	checkError(t, "data directory is a file", err, "set --data-dir to a folder")
	checkError(t, "data directory is a file", err, dir)
}
