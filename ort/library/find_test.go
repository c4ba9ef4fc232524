package library

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// place makes empty libraries of the versions in the folder.
func place(t *testing.T, dir string, versions ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		if err := os.WriteFile(filepath.Join(dir, libraryName(v)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func find(t *testing.T) []string {
	t.Helper()
	found, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range found {
		if filepath.Base(c.Path) != libraryName(c.Version) {
			t.Errorf("%s is said to be of version %s", c.Path, c.Version)
		}
		list = append(list, c.Source+" "+c.Version)
	}
	return list
}

func TestFindLooksInOrder(t *testing.T) {
	bin := isolate(t)
	if got := find(t); len(got) != 0 {
		t.Errorf("found %v on an empty machine", got)
	}
	root, err := cacheRoot()
	if err != nil {
		t.Fatal(err)
	}
	system, conda, site := t.TempDir(), t.TempDir(), t.TempDir()
	standardFolders = []string{filepath.Join(system, "none"), system}
	t.Setenv("CONDA_PREFIX", conda)
	t.Setenv("LD_LIBRARY_PATH", "relative"+string(filepath.ListSeparator)+filepath.Join(conda, "mine"))
	place(t, system, "1.24.4", "1.23.2", "1.100.0", "1.31.0")
	place(t, filepath.Join(conda, "lib"), "1.25.0")
	place(t, filepath.Join(conda, "mine"), "1.26.0")
	place(t, filepath.Join(site, "capi"), "1.27.0")
	script(t, bin, "python3", "exit 1")
	script(t, bin, "python", fmt.Sprintf("echo %q", site))
	for _, r := range releases {
		place(t, filepath.Join(root, r.folder()), r.version)
	}
	place(t, filepath.Join(root, ".install-123"), "1.32.0") // half an installation
	want := []string{
		"cache 1.32.0", "cache 1.30.0", "cache 1.31.1", "python 1.27.0",
		"system 1.26.0", "system 1.25.0", "system 1.100.0", "system 1.31.0", "system 1.24.4", // 1.23.2 is too old
	}
	if got := find(t); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestFindWithEnvironment(t *testing.T) {
	isolate(t)
	dir := t.TempDir()
	place(t, dir, "1.30.0", "1.20.1")
	link := filepath.Join(dir, "libonnxruntime.so")
	if err := os.Symlink(libraryName("1.30.0"), link); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "old.so")
	if err := os.Symlink(libraryName("1.20.1"), old); err != nil {
		t.Fatal(err)
	}
	unversioned := filepath.Join(dir, "mine.so")
	if err := os.WriteFile(unversioned, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, version, err string }{
		{filepath.Join(dir, libraryName("1.30.0")), "1.30.0", ""},
		{link, "1.30.0", ""},
		{unversioned, "", ""},
		{filepath.Join(dir, libraryName("1.20.1")), "", "1.24.0 or newer is needed"},
		{old, "", "1.24.0 or newer is needed"},
		{filepath.Join(dir, "gone"), "", "$ORT_LIBRARY"},
		{dir, "", "name the library's versioned file"},
	} {
		t.Setenv("ORT_LIBRARY", c.path)
		found, err := Find(t.Context())
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.path, err, c.err)
			}
			continue
		}
		if err != nil || len(found) != 1 || found[0] != (Candidate{Path: c.path, Source: FromEnvironment, Version: c.version}) {
			t.Errorf("%s: found %v, %v", c.path, found, err)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	sorted := []string{"1.9.0", "1.24.0", "1.24.4", "1.32.0", "1.100.0", "2.0.0"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got, want := compareVersions(a, b), compareInts(i, j); got != want {
				t.Errorf("compare %s, %s = %d, want %d", a, b, got, want)
			}
		}
	}
}

func compareInts(i, j int) int {
	switch {
	case i < j:
		return -1
	case i > j:
		return 1
	}
	return 0
}

// TestPythonPackageIsFoundNotImported: a package that cannot be imported is found, one in the working directory is not.
func TestPythonPackageIsFoundNotImported(t *testing.T) {
	path := os.Getenv("PATH")
	isolate(t)
	t.Setenv("PATH", path)
	here, site := t.TempDir(), t.TempDir()
	for _, dir := range []string{here, site} {
		pkg := filepath.Join(dir, "onnxruntime")
		place(t, filepath.Join(pkg, "capi"), "1.29.0")
		if err := os.WriteFile(filepath.Join(pkg, "__init__.py"), []byte("raise SystemExit(3)"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(here)
	t.Setenv("PYTHONPATH", site)
	dirs := pythonFolders(t.Context())
	if len(dirs) == 0 {
		t.Skip("no python on this machine")
	}
	if want := filepath.Join(site, "onnxruntime", "capi"); dirs[0] != want {
		t.Errorf("found %v, want %s first", dirs, want)
	}
}
