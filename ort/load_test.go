package ort_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

// A process loads one library, so what LoadFor finds is tested in processes of their own: this test binary with loadAndTell set to a
// device.
const loadAndTell = "MEMDIL_TEST_LOAD"

func TestMain(m *testing.M) {
	wanted := os.Getenv(loadAndTell)
	if wanted == "" {
		os.Exit(m.Run())
	}
	d, err := ort.ParseDevice(wanted)
	if err == nil {
		err = loadFor(d)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func loadFor(d ort.Device) error {
	r, err := ort.LoadFor(context.Background(), d)
	if err != nil {
		return err
	}
	fmt.Printf("loaded %s from %s\n", r.Info().Library, r.Info().Source)
	d, err = r.Device(d)
	if err != nil {
		return err
	}
	fmt.Printf("uses %s\n", d)
	return nil
}

// load runs LoadFor the CPU in a process of its own.
func load(t *testing.T, env ...string) string {
	t.Helper()
	return loadOn(t, "cpu", env...)
}

// loadOn runs LoadFor a device in a process of its own.
func loadOn(t *testing.T, device string, env ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{loadAndTell + "=" + device, "HOME=" + t.TempDir(), "PATH=/nowhere"}, env...)
	out, err := cmd.CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Fatal(err)
	}
	return string(out)
}

func TestLoadSkipsWhatDoesNotRun(t *testing.T) {
	real := orttest.Runtime(t).Info().Library
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	for _, d := range []string{good, bad} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Base(real)
	if err := os.Symlink(real, filepath.Join(good, name)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bad, name), []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := load(t, "LD_LIBRARY_PATH="+bad+string(filepath.ListSeparator)+good)
	if !strings.Contains(out, "loaded "+filepath.Join(good, name)+" from system") ||
		!strings.Contains(out, "skipping") || !strings.Contains(out, filepath.Join(bad, name)) {
		t.Errorf("Load said %q", out)
	}
	out = load(t, "ORT_LIBRARY="+filepath.Join(bad, name), "LD_LIBRARY_PATH="+good)
	if strings.Contains(out, "loaded ") || !strings.Contains(out, "$ORT_LIBRARY") {
		t.Errorf("with a broken $ORT_LIBRARY, Load said %q", out)
	}
}

func TestLoadOnce(t *testing.T) {
	a, b := orttest.Runtime(t), orttest.Runtime(t)
	if a != b {
		t.Error("two runtimes")
	}
	info := a.Info()
	if !filepath.IsAbs(info.Library) || !strings.HasPrefix(info.Version, "1.") || info.API != 24 || info.Providers[0] != "cpu" {
		t.Errorf("info %+v", info)
	}
}

// ONNX Runtime would write an identifier of the device and a data base of events into the cache.
func TestLoadLeavesNothingBehind(t *testing.T) {
	library := orttest.Runtime(t).Info().Library
	home := t.TempDir()
	if out := load(t, "ORT_LIBRARY="+library, "HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache")); !strings.HasPrefix(out, "loaded ") {
		t.Fatal(out)
	}
	entries, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("loading the runtime left %s in the home folder", e.Name())
	}
}
