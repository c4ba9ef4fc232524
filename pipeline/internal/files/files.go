// Package files reads and writes the small files of run and study folders.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Write replaces a file as a whole, by way of a temporary file beside it.
func Write(path string, data []byte) error {
	if err := renameio.WriteFile(path, data, 0o644, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// WriteJSON replaces a file by a value's JSON, as a whole.
func WriteJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return Write(path, append(data, '\n'))
}

// small is more than any file of settings, or of memdil's own notes, takes.
const small = 16 << 20

// Read reads a small file as a whole: settings, or memdil's own notes. One of
// more than 16 MB is refused: a folder may come from a stranger.
func Read(path string) ([]byte, error) { return ReadUpTo(path, small) }

// ReadUpTo reads a file of a limited number of bytes as a whole.
func ReadUpTo(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d MB: it is not what memdil writes", path, limit>>20)
	}
	return data, err
}

// Digest returns the SHA-256 of a file in hexadecimal. What can be read once only,
// such as a pipe, is refused: the file it tells of is to be read again.
func Digest(path string) (string, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return "", fmt.Errorf("%s is no file that can be read again, but a pipe or a device", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Exists reports whether there is a file or folder at path.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
