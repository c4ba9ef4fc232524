package library

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	maxLibrary = 1 << 30 // bytes of one library; the CUDA provider has 284 MB
	maxRecord  = 4 << 20 // bytes of a wheel's RECORD
)

// wheelLibrary is the path of a library in a wheel; its name can lead nowhere else. Of the providers, memdil uses CUDA's only.
var wheelLibrary = regexp.MustCompile(`^onnxruntime/capi/(libonnxruntime(?:[.][A-Za-z0-9_.]*|_providers_(?:shared|cuda)[.](?:so|dylib)))$`)

// unpackWheel writes the libraries in a wheel into the new folder dir, each as the wheel's RECORD has it.
func unpackWheel(wheel, dir string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer archive.Close()
	return unpackFiles(archive.File, dir)
}

func unpackFiles(files []*zip.File, dir string) error {
	sums, err := archiveRecord(files)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		m := wheelLibrary.FindStringSubmatch(f.Name)
		if m == nil {
			continue
		}
		if !f.Mode().IsRegular() || f.UncompressedSize64 > maxLibrary {
			return fmt.Errorf("%s is no plain file of a library's size", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		err = errors.Join(writeRecorded(filepath.Join(dir, m[1]), r, sums[f.Name]), r.Close())
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// archiveRecord reads the wheel's RECORD, after it has made sure that no path in the archive leads out of it.
func archiveRecord(files []*zip.File) (map[string]string, error) {
	var record *zip.File
	for _, f := range files {
		if !filepath.IsLocal(f.Name) || strings.Contains(f.Name, `\`) {
			return nil, fmt.Errorf("the path %q leads out of the archive", f.Name)
		}
		if ok, _ := filepath.Match("*.dist-info/RECORD", f.Name); ok {
			record = f
		}
	}
	if record == nil {
		return nil, errors.New("not a wheel: it has no RECORD")
	}
	r, err := record.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", record.Name, err)
	}
	defer r.Close()
	return readRecord(r)
}

// readRecord reads the hashes in a RECORD: lines of path, "sha256=" and the hash in base64, size.
func readRecord(r io.Reader) (map[string]string, error) {
	lines, err := csv.NewReader(io.LimitReader(r, maxRecord)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("RECORD: %w", err)
	}
	sums := make(map[string]string, len(lines))
	for _, line := range lines {
		if len(line) == 3 {
			sums[line[0]] = line[1]
		}
	}
	return sums, nil
}

// writeRecorded is writeLibrary of a file whose hash must be sum, as a RECORD writes it.
func writeRecorded(path string, r io.Reader, sum string) error {
	h := sha256.New()
	if err := writeLibrary(path, io.TeeReader(r, h)); err != nil {
		return err
	}
	if got := "sha256=" + base64.RawURLEncoding.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("its hash is %s, the RECORD says %q", got, sum)
	}
	return nil
}

// writeLibrary writes a new file.
func writeLibrary(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(r, maxLibrary+1))
	if err == nil && n > maxLibrary {
		err = fmt.Errorf("larger than %d bytes", maxLibrary)
	}
	return errors.Join(err, f.Close())
}
