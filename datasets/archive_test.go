package datasets

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// tarball returns a .tar.gz file of members in the order of their names, with
// what the published ones have beside the data.
func tarball(members map[string][]byte) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Name: "cifar-10-batches-bin/", Typeflag: tar.TypeDir, Mode: 0o755})
	for _, name := range slices.Sorted(maps.Keys(members)) {
		err = errors.Join(err, w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(members[name]))}))
		_, failed := w.Write(members[name])
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes all
	}
	return pack(b.Bytes())
}

// remoteCIFAR returns a copy of cifar10's entry whose small archive a server
// offers.
func remoteCIFAR(t *testing.T, change func(members map[string][]byte)) (src *source, requests *[]string, content map[string][]byte) {
	src = new(*mustLookup(t, "cifar10"))
	members := map[string][]byte{"cifar-10-batches-bin/readme.html": []byte("<html>")}
	src.files = slices.Clone(src.files)
	for i := range src.files {
		f := &src.files[i]
		data := smallCIFAR10("d")["d/"+f.name].Data
		sum := sha256.Sum256(data)
		f.size, f.sha256 = int64(len(data)), hex.EncodeToString(sum[:])
		members["cifar-10-batches-bin/"+f.name] = data
	}
	if change != nil {
		change(members)
	}
	packed := tarball(members)
	sum := md5.Sum(packed)
	src.archive = &archive{file{src.archive.name, int64(len(packed)), hex.EncodeToString(sum[:]), ""}, src.archive.folder}
	content = map[string][]byte{"/" + src.archive.name: packed}
	src.mirrors, requests = mirrors(t, serveFiles(content))
	return src, requests, content
}

func TestFetchArchive(t *testing.T) {
	src, requests, _ := remoteCIFAR(t, nil)
	dir := t.TempDir()
	mine := filepath.Join(dir, "cifar10", "test_batch.bin")
	writeFile(t, mine, cifarFile([]byte{7})) // one's own file stays
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			f, err := testDownloader().fetch(context.Background(), src, dir, nil)
			if err != nil {
				t.Error(err)
				return
			}
			for part, n := range map[Split]int{Train: 10, Test: 1} {
				if d, err := f.read(context.Background(), part); err != nil || d.images.N != n {
					t.Errorf("%d images in the %v part, %v", d.images.N, part, err)
				}
			}
		})
	}
	group.Wait()
	if len(*requests) != 1 {
		t.Errorf("%d requests for one archive", len(*requests))
	}
	names, err := filepath.Glob(filepath.Join(dir, "cifar10", "*"))
	if err != nil || len(names) != 7 {
		t.Errorf("there are %q, want the 6 files and the lock only", names)
	}
}

// TestWriteMemberBeside: what is written lies beside its place, not in /tmp.
func TestWriteMemberBeside(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	content := []byte("content")
	sum := sha256.Sum256(content)
	looking := readerFunc(func([]byte) (int, error) {
		if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
			t.Errorf("there are %v beside, %v", names, err)
		}
		return 0, io.EOF
	})
	f := file{name: "a", size: int64(len(content)), sha256: hex.EncodeToString(sum[:])}
	if err := writeMember(io.MultiReader(bytes.NewReader(content), looking), f, filepath.Join(dir, "a")); err != nil {
		t.Error(err)
	}
}

// readerFunc is a reader that is a function.
type readerFunc func(b []byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// An archive that the user has put there is used, and stays.
func TestFetchArchiveThatIsThere(t *testing.T) {
	src, requests, content := remoteCIFAR(t, nil)
	dir := t.TempDir()
	path := filepath.Join(dir, "cifar10", src.archive.name)
	writeFile(t, path, content["/"+src.archive.name])
	if _, err := testDownloader().fetch(context.Background(), src, dir, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil || len(*requests) > 0 {
		t.Errorf("%v after %d requests", err, len(*requests))
	}
	if err := os.Remove(filepath.Join(dir, "cifar10", "test_batch.bin")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, []byte("<html>"))
	_, err := testDownloader().fetch(context.Background(), src, dir, nil)
	checkError(t, "another file", err, path+" is not the published file: its MD5 is ")
	checkError(t, "another file", err, "remove it and it is downloaded")
}

// A file that is not the published one never gets its name.
func TestFetchArchiveOfOtherFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(members map[string][]byte)
		want   string
	}{
		"other bytes": {func(m map[string][]byte) { m["cifar-10-batches-bin/data_batch_3.bin"][5] ^= 1 }, "data_batch_3.bin: not the published file: 6146 bytes"},
		"longer": {func(m map[string][]byte) {
			m["cifar-10-batches-bin/data_batch_3.bin"] = append(m["cifar-10-batches-bin/data_batch_3.bin"], 1)
		}, "data_batch_3.bin: not the published file: 6147 bytes"},
		"missing": {func(m map[string][]byte) { delete(m, "cifar-10-batches-bin/data_batch_3.bin") }, "there is no cifar-10-batches-bin/data_batch_3.bin in it"},
		"elsewhere": {func(m map[string][]byte) {
			m["../data_batch_3.bin"] = m["cifar-10-batches-bin/data_batch_3.bin"]
			delete(m, "cifar-10-batches-bin/data_batch_3.bin")
		}, "there is no cifar-10-batches-bin/data_batch_3.bin in it"},
	} {
		src, _, _ := remoteCIFAR(t, tt.change)
		dir := t.TempDir()
		_, err := testDownloader().fetch(context.Background(), src, dir, nil)
		checkError(t, name, err, tt.want)
		if names, _ := filepath.Glob(filepath.Join(dir, "*", "data_batch_3*")); len(names) > 0 {
			t.Errorf("%s: there is %q", name, names)
		}
		if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 1 {
			t.Errorf("%s: there are %q", name, names)
		}
	}
}

// A truncated archive cannot be: its checksum is that of the published one. A
// download that breaks off keeps what it has.
func TestFetchArchiveBreaksOff(t *testing.T) {
	src, _, content := remoteCIFAR(t, nil)
	whole := content["/"+src.archive.name]
	urls, _ := mirrors(t, func(w http.ResponseWriter, r *http.Request) { send(whole[:len(whole)/2], len(whole), false)(w, r) })
	good := src.mirrors
	src.mirrors = urls
	dir := t.TempDir()
	if _, err := testDownloader().fetch(context.Background(), src, dir, nil); err == nil {
		t.Fatal("half an archive will do")
	}
	src.mirrors = good
	if _, err := testDownloader().fetch(context.Background(), src, dir, nil); err != nil {
		t.Error(err)
	}
}
