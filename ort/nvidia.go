package ort

// #include <dlfcn.h>
// #include <stdlib.h>
import "C"

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// The CUDA provider needs NVIDIA's libraries, which usually come as Python packages (PyTorch brings them along) in folders that the
// system's loader does not search. A library that a process has loaded already satisfies whoever needs it, from wherever it came; so
// loading them by path, in the order of their needs, saves the user an LD_LIBRARY_PATH.

// cudaProvider is the name of the provider's library, which lies beside the runtime's.
const cudaProvider = "libonnxruntime_providers_cuda.so"

// onDemand are the libraries that the provider itself opens once an operator needs them, and which name nobody.
var onDemand = []string{"libcudnn.so.*", "libcudnn_*.so.*", "libcufft.so.*", "libnvrtc.so.*"}

// cuDNN is the one of them that convolutions need.
const cuDNN = "libcudnn.so.9"

// packages are the Python packages of the libraries, for CUDA 13; those for CUDA 12 have -cu12 behind them.
var packages = map[string]string{
	"libcublas": "nvidia-cublas", "libcublasLt": "nvidia-cublas", "libcurand": "nvidia-curand", "libcudart": "nvidia-cuda-runtime",
	"libcufft": "nvidia-cufft",
}

// loader loads libraries for the whole process, from the folders where the system's loader does not find them.
type loader struct {
	folders []string
	tried   map[string]bool // by name: whether it is loaded
	missing []string        // what neither the system nor the folders have
}

// loadNVIDIA loads what the CUDA provider of the runtime library needs, and notes what is missing. More than that may be wrong: only the
// provider itself can tell.
func loadNVIDIA(ctx context.Context, library string) *loader {
	dir := filepath.Dir(library)
	l := &loader{folders: nvidiaFolders(ctx, dir), tried: map[string]bool{}}
	l.loadNeeds(filepath.Join(dir, cudaProvider))
	for _, pattern := range onDemand {
		for _, folder := range l.folders {
			found, _ := filepath.Glob(filepath.Join(folder, pattern)) // the patterns are sound
			for _, path := range found {
				l.load(filepath.Base(path))
			}
		}
	}
	return l
}

// CheckNVIDIA loads NVIDIA's libraries as a session on a GPU does, for a runtime library with a CUDA provider. The error says which are
// missing and what to do. Without one, the driver or the GPU may still be too old: only Runtime.Device tells.
func CheckNVIDIA(ctx context.Context, library string) error {
	if l := loadNVIDIA(ctx, library); len(l.missing) > 0 {
		return errors.New(l.advice())
	}
	return nil
}

// loadNeeds loads what the library at the path needs.
func (l *loader) loadNeeds(path string) {
	file, err := elf.Open(path)
	if err != nil {
		return // the system's loader will say what is wrong with it
	}
	defer func() { _ = file.Close() }() // it was only read
	needs, _ := file.ImportedLibraries()
	for _, name := range needs {
		if !l.load(name) && !slices.Contains(l.missing, name) {
			l.missing = append(l.missing, name)
		}
	}
}

// load loads a library by name, and before it what it needs. A library in the folders goes before the system's, so that all are of one
// kind.
func (l *loader) load(name string) bool {
	if loaded, ok := l.tried[name]; ok {
		return loaded
	}
	l.tried[name] = false
	for _, folder := range l.folders {
		path := filepath.Join(folder, name)
		if !isFile(path) {
			continue
		}
		l.loadNeeds(path)
		if openGlobally(path) {
			l.tried[name] = true
			return true
		}
	}
	l.tried[name] = openGlobally(name)
	return l.tried[name]
}

// openGlobally loads a library, by path or by a name for the system's loader, whose symbols all later ones see.
func openGlobally(name string) bool {
	cName := C.CString(name)
	defer C.free(unsafe.Pointer(cName))
	return C.dlopen(cName, C.RTLD_LAZY|C.RTLD_GLOBAL) != nil // never closed: it stays for the life of the process
}

// nvidiaFolders are the folders that may hold NVIDIA's libraries: those of LD_LIBRARY_PATH, the Python packages of the environment that
// the runtime lies in and of those on PATH, conda's, and the CUDA toolkit's.
func nvidiaFolders(ctx context.Context, runtime string) []string {
	folders := slices.DeleteFunc(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")), func(dir string) bool { return !filepath.IsAbs(dir) })
	sites := append([]string{filepath.Join(runtime, "..", "..")}, pythonPath(ctx)...)
	for _, site := range sites {
		found, _ := filepath.Glob(filepath.Join(site, "nvidia", "*", "lib"))
		folders = append(folders, found...)
	}
	if conda := os.Getenv("CONDA_PREFIX"); conda != "" {
		folders = append(folders, filepath.Join(conda, "lib"))
	}
	return append(folders, cudaToolkit)
}

// cudaToolkit is a variable so that tests can look elsewhere.
var cudaToolkit = "/usr/local/cuda/lib64"

// pythonPath are the folders of the packages of the Pythons on PATH.
func pythonPath(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var folders []string
	for _, python := range []string{"python3", "python"} {
		cmd := exec.CommandContext(ctx, python, "-c", `import sys; print(*(p for p in sys.path if p), sep="\n")`)
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		if err != nil {
			continue
		}
		for line := range bytes.Lines(out) {
			folder := string(bytes.TrimSpace(line))
			if filepath.IsAbs(folder) && !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
		}
	}
	return folders
}

// advice says what is missing and what to do about it.
func (l *loader) advice() string {
	var pip []string
	driver := false
	for _, name := range l.missing {
		stem, _, _ := strings.Cut(name, ".so")
		if p, known := packages[stem]; known {
			pip = append(pip, p+l.packageSuffix())
		}
		driver = driver || stem == "libcuda"
	}
	slices.Sort(pip)
	var todo []string
	if len(pip) > 0 {
		todo = append(todo, fmt.Sprintf("run `pip install %s` or set LD_LIBRARY_PATH to their folder", strings.Join(slices.Compact(pip), " ")))
	}
	if driver {
		todo = append(todo, "install NVIDIA's driver, which libcuda comes with")
	}
	if len(todo) == 0 {
		todo = append(todo, "install them, or set LD_LIBRARY_PATH to their folder")
	}
	return fmt.Sprintf("missing %s: %s", strings.Join(l.missing, ", "), strings.Join(todo, "; "))
}

func (l *loader) packageSuffix() string {
	if l.forCUDA12() {
		return "-cu12"
	}
	return ""
}

func (l *loader) forCUDA12() bool {
	_, needed := l.tried["libcudart.so.12"]
	return needed
}

// warnOfConvolutions tells once that convolutions will fail.
func (l *loader) warnOfConvolutions() {
	if l.load(cuDNN) {
		return
	}
	pip := "nvidia-cudnn-cu13"
	if l.forCUDA12() {
		pip = "nvidia-cudnn-cu12"
	}
	slog.Warn(cuDNN + " is missing, which convolutions on the GPU need: run `pip install " + pip + "` or set LD_LIBRARY_PATH to its folder")
}
