package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFiles writes a file, reads it back within a limit, and knows it by its
// digest.
func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "abc")
	if Exists(path) {
		t.Error("it exists before it is written")
	}
	for _, text := range []string{"a longer text that is replaced", "abc"} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := ReadUpTo(path, 3); err != nil || string(data) != "abc" {
		t.Errorf("read %q, %v", data, err)
	}
	if _, err := ReadUpTo(path, 2); err == nil || !strings.Contains(err.Error(), path+" is larger than") {
		t.Errorf("error %v of a file beyond the limit", err)
	}
	// printf abc | sha256sum
	if sum, err := Digest(path); err != nil || sum != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("digest %s, %v", sum, err)
	}
	if _, err := Digest(path + "d"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v of a file that is not there", err)
	}
	if _, err := Digest(os.DevNull); err == nil || !strings.Contains(err.Error(), "a pipe or a device") {
		t.Errorf("error %v of a device", err)
	}
	if others, err := os.ReadDir(filepath.Dir(path)); err != nil || len(others) != 1 {
		t.Errorf("left beside it: %v, %v", others, err)
	}
}
