package library

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnpackWheelRefusesWhatIsNotSound(t *testing.T) {
	sound := zipped(t, wheelFiles())
	with := func(change func(files map[string]string)) []byte {
		files := wheelFiles()
		change(files)
		return zipped(t, files)
	}
	for name, c := range map[string]struct {
		wheel []byte
		want  string
	}{
		"truncated":           {sound[:len(sound)-30], "zip: not a valid zip file"},
		"empty":               {nil, "zip: not a valid zip file"},
		"path out of it":      {with(func(f map[string]string) { f["../../evil.so"] = "x" }), `"../../evil.so" leads out`},
		"hidden way out":      {with(func(f map[string]string) { f["onnxruntime/capi/../../../libonnxruntime.so"] = "x" }), "leads out"},
		"absolute path":       {with(func(f map[string]string) { f["/etc/libonnxruntime.so"] = "x" }), "leads out"},
		"backslashes":         {with(func(f map[string]string) { f[`..\libonnxruntime.so`] = "x" }), "leads out"},
		"no RECORD":           {with(func(f map[string]string) { delete(f, recordPath) }), "no RECORD"},
		"garbled RECORD":      {with(func(f map[string]string) { f[recordPath] = "\"" }), "RECORD"},
		"another library":     {with(func(f map[string]string) { f[libraryPath()] = "evil" }), "the RECORD says"},
		"library not in it":   {with(func(f map[string]string) { f["onnxruntime/capi/libonnxruntime_providers_cuda.so"] = "x" }), `the RECORD says ""`},
		"library is a folder": {with(func(f map[string]string) { f["onnxruntime/capi/libonnxruntime.so/x"] = ""; delete(f, libraryPath()) }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			wheel := filepath.Join(dir, "a.whl")
			if err := os.WriteFile(wheel, c.wheel, 0o644); err != nil {
				t.Fatal(err)
			}
			err := unpackWheel(wheel, filepath.Join(dir, "out"))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestUnpackWheelRefusesLinksAndGiants(t *testing.T) {
	for name, header := range map[string]*zip.FileHeader{
		"link":  linkHeader(),
		"giant": {Name: libraryPath(), UncompressedSize64: maxLibrary + 1},
	} {
		t.Run(name, func(t *testing.T) {
			files := wheelFiles()
			delete(files, libraryPath())
			archive := append(archiveOf(t, files), &zip.File{FileHeader: *header})
			err := unpackFiles(archive, filepath.Join(t.TempDir(), "out"))
			if err == nil || !strings.Contains(err.Error(), "no plain file") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func linkHeader() *zip.FileHeader {
	h := &zip.FileHeader{Name: libraryPath()}
	h.SetMode(os.ModeSymlink | 0o777)
	return h
}

func archiveOf(t *testing.T, files map[string]string) []*zip.File {
	t.Helper()
	b := zipped(t, files)
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r.File
}

// FuzzUnpackWheel: whatever the bytes, nothing is written but libraries in the given folder, each as the RECORD has it.
func FuzzUnpackWheel(f *testing.F) {
	f.Add(zipped(f, wheelFiles()))
	slip := maps.Clone(wheelFiles())
	slip["../libonnxruntime.so"] = "x"
	f.Add(zipped(f, slip))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		dir := t.TempDir()
		_ = unpackFiles(r.File, filepath.Join(dir, "out"))
		err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (filepath.Dir(path) != filepath.Join(dir, "out") || !strings.HasPrefix(d.Name(), "libonnxruntime")) {
				t.Errorf("wrote %s", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
