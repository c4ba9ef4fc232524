package library

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// downloadAll is set where tests may download every pinned package with every tool (1 GB), not only this machine's with pip.
var downloadAll = os.Getenv("MEMDIL_TEST_DOWNLOADS") != ""

// TestPins downloads and installs every pinned wheel, also other machines'.
func TestPins(t *testing.T) {
	if !downloadAll {
		t.Skip("MEMDIL_TEST_DOWNLOADS is not set")
	}
	path := os.Getenv("PATH")
	isolate(t)
	t.Setenv("PATH", path)
	defer func(m machine) { here = m }(here)
	for m, pins := range wheels {
		here = m
		for _, p := range pins {
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			library, err := Install(t.Context(), InstallOptions{CUDA: p.cuda})
			if err != nil {
				t.Errorf("%v: %v", m, err)
			}
			if !strings.HasSuffix(library, libraryName(p.version)) {
				t.Errorf("%v: installed %s", m, library)
			}
			t.Log(m, cached(t))
		}
	}
}

// TestInstallForReal downloads the pinned package with each real tool: pip, and where that is allowed the others too.
func TestInstallForReal(t *testing.T) {
	if testing.Short() {
		t.Skip("a download, left out by -short")
	}
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			if s.name != "python3 -m pip" && !downloadAll {
				t.Skip("MEMDIL_TEST_DOWNLOADS is not set")
			}
			command := strings.Fields(s.name)
			if exec.Command(command[0], append(command[1:], "--version")...).Run() != nil {
				t.Skipf("%s is not on this machine", s.name)
			}
			path := os.Getenv("PATH")
			isolate(t)
			t.Setenv("PATH", path)
			defer func(all []source) { sources = all }(sources)
			sources = []source{s}
			library, err := Install(t.Context(), InstallOptions{})
			if err != nil {
				t.Fatal(err)
			}
			found, err := Find(t.Context())
			if err != nil || len(found) == 0 || found[0].Path != library || found[0].Source != FromCache {
				t.Errorf("installed %s, found %v, %v", library, found, err)
			}
		})
	}
}
