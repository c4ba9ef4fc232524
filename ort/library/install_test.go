package library

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func installedFiles() []string {
	return []string{filepath.Join(CPUVersion, libraryName(CPUVersion)), filepath.Join(CPUVersion, "libonnxruntime_providers_shared.so")}
}

func TestInstallUsesWhicheverToolWorks(t *testing.T) {
	wheel := pinned(t, zipped(t, wheelFiles()))
	half, err := os.ReadFile(wheel)
	if err != nil {
		t.Fatal(err)
	}
	truncated := filepath.Join(t.TempDir(), "half.whl")
	if err := os.WriteFile(truncated, half[:len(half)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		scripts map[string]string
		want    []string // calls
	}{
		{"python", map[string]string{"python3": delivers(wheel), "pip": "exit 9"}, []string{"python3"}},
		{"python without pip", map[string]string{"python3": "echo No module named pip >&2; exit 1", "pip3": delivers(wheel)}, []string{"python3", "pip3"}},
		{"only pip", map[string]string{"pip": delivers(wheel)}, []string{"pip"}},
		{"truncated download", map[string]string{"pip3": delivers(truncated), "pip": delivers(wheel)}, []string{"pip3", "pip"}},
		{"nothing delivered", map[string]string{"pip3": "exit 0", "pip": delivers(wheel)}, []string{"pip3", "pip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bin := isolate(t)
			for name, body := range c.scripts {
				script(t, bin, name, body)
			}
			var progress bytes.Buffer
			for range 2 { // the second has nothing to do
				path, err := Install(t.Context(), InstallOptions{Progress: &progress})
				if err != nil {
					t.Fatal(err)
				}
				if b, err := os.ReadFile(path); err != nil || string(b) != libraryBytes {
					t.Errorf("library %q, %v", b, err)
				}
			}
			if got := calls(t, bin); !slices.Equal(got, c.want) {
				t.Errorf("called %v, want %v", got, c.want)
			}
			if got := cached(t); !slices.Equal(got, installedFiles()) {
				t.Errorf("cache holds %v, want %v", got, installedFiles())
			}
			if !strings.Contains(progress.String(), "installed ") {
				t.Errorf("progress %q", progress.String())
			}
		})
	}
}

func TestInstallWithUV(t *testing.T) {
	pinned(t, nil)
	bin := isolate(t)
	tree := t.TempDir()
	for name, content := range wheelFiles() {
		path := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script(t, bin, "uv", fmt.Sprintf("/bin/cp -R %q \"$5\"", tree)) // uv pip install --quiet --target DIR
	if _, err := Install(t.Context(), InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := cached(t); !slices.Equal(got, installedFiles()) {
		t.Errorf("cache holds %v, want %v", got, installedFiles())
	}
}

func TestInstallWithNPM(t *testing.T) {
	pinned(t, nil)
	bin := isolate(t)
	archive := filepath.Join(t.TempDir(), "onnxruntime-node.tgz")
	content := tarred(t, map[string]string{nodeLibrary(here): libraryBytes, "package/package.json": "{}"})
	if err := os.WriteFile(archive, content, 0o644); err != nil {
		t.Fatal(err)
	}
	script(t, bin, "npm", delivers(archive))
	if _, err := Install(t.Context(), InstallOptions{}); err == nil || !strings.Contains(err.Error(), "npm: onnxruntime-node.tgz has sha256") {
		t.Errorf("error %v, want one about the hash", err)
	}
	sum := sha256.Sum256(content)
	defer func(real string) { npmSHA256 = real }(npmSHA256)
	npmSHA256 = hex.EncodeToString(sum[:])
	for range 2 {
		path, err := Install(t.Context(), InstallOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(npmVersion, libraryName(npmVersion)); !strings.HasSuffix(path, want) {
			t.Errorf("installed %s, want …%s", path, want)
		}
	}
	if got := calls(t, bin); len(got) != 2 {
		t.Errorf("called %v, want npm twice", got)
	}
}

func TestInstallWithoutTools(t *testing.T) {
	pinned(t, nil)
	isolate(t)
	_, err := Install(t.Context(), InstallOptions{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, word := range []string{"python3 -m pip: not found", "uv: not found", "npm: not found",
		"`pip install onnxruntime==1.32.0`", "ORT_LIBRARY", "memdil runtime install --wheel FILE"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if got := cached(t); len(got) != 0 {
		t.Errorf("cache holds %v", got)
	}
}

func TestInstallOnAnUnknownMachine(t *testing.T) {
	pinned(t, nil)
	delete(wheels, here)
	isolate(t)
	if _, err := Install(t.Context(), InstallOptions{}); err == nil || !strings.Contains(err.Error(), "test/amd64") {
		t.Errorf("error %v", err)
	}
}

func TestInstallTogetherDownloadsOnce(t *testing.T) {
	bin := isolate(t)
	script(t, bin, "pip", "/bin/sleep 0.3\n"+delivers(pinned(t, zipped(t, wheelFiles()))))
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			if _, err := Install(t.Context(), InstallOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := calls(t, bin); len(got) != 1 {
		t.Errorf("called %v, want one call", got)
	}
}

func TestCancelEndsTheDownload(t *testing.T) {
	pinned(t, nil)
	bin := isolate(t)
	pid := filepath.Join(bin, "pid")
	script(t, bin, "pip", fmt.Sprintf("/bin/sleep 600 &\necho $! > %q.new && /bin/mv %q.new %q\nwait", pid, pid, pid))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := Install(ctx, InstallOptions{})
		done <- err
	}()
	for !isFile(pid) {
		select {
		case err := <-done:
			t.Fatalf("ended early: %v", err)
		default:
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if got := cached(t); len(got) != 0 {
		t.Errorf("cache holds %v", got)
	}
	child, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	// The child is gone, or dead and not yet collected by init.
	stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(child)) + "/stat")
	if err == nil && !strings.Contains(string(stat), ") Z ") {
		t.Errorf("pip's child still runs: %s", stat)
	}
}

func TestInstallFromAWheelFile(t *testing.T) {
	wheel := pinned(t, zipped(t, wheelFiles()))
	isolate(t)
	root, err := cacheRoot()
	if err != nil {
		t.Fatal(err)
	}
	place(t, filepath.Join(root, npmVersion), npmVersion) // what is there of another version does not count
	path, err := Install(t.Context(), InstallOptions{Wheel: wheel})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != libraryBytes {
		t.Errorf("library %q, %v", b, err)
	}
}

func TestInstallRefusesOtherWheels(t *testing.T) {
	wheel := pinned(t, zipped(t, wheelFiles()))
	unknown := filepath.Join(t.TempDir(), "unknown.whl")
	if err := os.WriteFile(unknown, zipped(t, map[string]string{"a": "b"}), 0o644); err != nil {
		t.Fatal(err)
	}
	foreign := machine{"plan9", "mips"}
	wheels[foreign] = wheels[here]
	defer delete(wheels, foreign)
	delete(wheels, here)
	for file, want := range map[string]string{
		unknown:         "none of the wheels that memdil knows",
		wheel:           "is for plan9/mips, this machine is test/amd64",
		wheel + ".gone": "no such file",
	} {
		isolate(t)
		if _, err := Install(t.Context(), InstallOptions{Wheel: file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if got := cached(t); len(got) != 0 {
			t.Errorf("cache holds %v", got)
		}
	}
}

// TestInstallWithCUDA: the CUDA build lies in a folder of its own beside the CPU's, with the CUDA provider and no other.
func TestInstallWithCUDA(t *testing.T) {
	wheel := pinned(t, zipped(t, wheelFiles()))
	files := map[string]string{
		"onnxruntime/capi/" + libraryName(gpuVersion):           "with CUDA",
		"onnxruntime/capi/libonnxruntime_providers_cuda.so":     "cuda",
		"onnxruntime/capi/libonnxruntime_providers_shared.so":   "shared",
		"onnxruntime/capi/libonnxruntime_providers_tensorrt.so": "tensorrt",
	}
	files[recordPath] = recordOf(files)
	content := zipped(t, files)
	cuda := filepath.Join(t.TempDir(), "onnxruntime_gpu.whl")
	if err := os.WriteFile(cuda, content, 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	wheels[here] = append(wheels[here], pin{release{gpuVersion, true}, "onnxruntime-gpu", "test", "test", 1, hex.EncodeToString(sum[:])})
	script(t, isolate(t), "pip", delivers(cuda))
	for _, o := range []InstallOptions{{CUDA: true}, {Wheel: wheel}, {Wheel: cuda}} {
		if _, err := Install(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	folder := release{gpuVersion, true}.folder()
	want := slices.Concat([]string{filepath.Join(folder, libraryName(gpuVersion)), filepath.Join(folder, cudaProvider),
		filepath.Join(folder, "libonnxruntime_providers_shared.so")}, installedFiles())
	if got := cached(t); !slices.Equal(got, want) {
		t.Errorf("cache holds %v, want %v", got, want)
	}
	found, err := Find(t.Context())
	if err != nil || len(found) != 2 || found[0].CUDA || !found[1].CUDA {
		t.Errorf("found %+v, %v", found, err)
	}
}
