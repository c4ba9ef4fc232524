package library

// #cgo linux LDFLAGS: -ldl
// #include <dlfcn.h>
// #include <stdlib.h>
import "C"

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
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

// onDemand are the libraries that the provider itself opens once an operator needs them, and which name nobody.
var onDemand = []string{"libcudnn.so.*", "libcudnn_*.so.*", "libcufft.so.*", "libnvrtc.so.*"}

// cuDNN is the one of them that convolutions need.
const cuDNN = "libcudnn.so.9"

// packages are the Python packages of the libraries, for CUDA 13; those for CUDA 12 have -cu12 behind them.
var packages = map[string]string{
	"libcublas": "nvidia-cublas", "libcublasLt": "nvidia-cublas", "libcurand": "nvidia-curand", "libcudart": "nvidia-cuda-runtime",
	"libcufft": "nvidia-cufft",
}

// NVIDIA are NVIDIA's libraries that a CUDA provider needs, which LoadNVIDIA has loaded as far as they are here.
type NVIDIA struct {
	folders []string        // where the system's loader does not look
	tried   map[string]bool // by name: whether it is loaded
	missing []string        // what neither the system nor the folders have
}

// LoadNVIDIA loads for the whole process, once and for all, what the CUDA provider that lies beside the runtime library needs.
func LoadNVIDIA(ctx context.Context, library string) *NVIDIA {
	dir := filepath.Dir(library)
	n := &NVIDIA{folders: nvidiaFolders(ctx, dir), tried: map[string]bool{}}
	n.loadNeeds(filepath.Join(dir, cudaProvider))
	for _, pattern := range onDemand {
		for _, folder := range n.folders {
			found, _ := filepath.Glob(filepath.Join(folder, pattern)) // the patterns are sound
			for _, path := range found {
				n.load(filepath.Base(path))
			}
		}
	}
	return n
}

// Missing says, as an error, which libraries are nowhere and what to do; it is nil when all are loaded. More than that may be wrong,
// for the driver or the GPU may be too old: only ort.Runtime.Device tells.
func (n *NVIDIA) Missing() error {
	if len(n.missing) == 0 {
		return nil
	}
	return errors.New(n.advice())
}

// CuDNN loads cuDNN, which of all operators only convolutions need. The error says how to get it.
func (n *NVIDIA) CuDNN() error {
	if n.load(cuDNN) {
		return nil
	}
	return fmt.Errorf("%s is missing, which convolutions on the GPU need: run `pip install nvidia-cudnn-cu%d` or set LD_LIBRARY_PATH to its folder",
		cuDNN, n.cuda())
}

// loadNeeds loads what the library at the path needs.
func (n *NVIDIA) loadNeeds(path string) {
	file, err := elf.Open(path)
	if err != nil {
		return // the system's loader will say what is wrong with it
	}
	defer func() { _ = file.Close() }() // it was only read
	needs, _ := file.ImportedLibraries()
	for _, name := range needs {
		if !n.load(name) && !slices.Contains(n.missing, name) {
			n.missing = append(n.missing, name)
		}
	}
}

// load loads a library by name, and before it what it needs. A library in the folders goes before the system's, so that all are of one
// kind.
func (n *NVIDIA) load(name string) bool {
	if loaded, ok := n.tried[name]; ok {
		return loaded
	}
	n.tried[name] = false
	for _, folder := range n.folders {
		path := filepath.Join(folder, name)
		if !isFile(path) {
			continue
		}
		n.loadNeeds(path)
		if openGlobally(path) {
			n.tried[name] = true
			return true
		}
	}
	n.tried[name] = openGlobally(name)
	return n.tried[name]
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
func (n *NVIDIA) advice() string {
	var pip []string
	driver := false
	for _, name := range n.missing {
		stem, _, _ := strings.Cut(name, ".so")
		if p, known := packages[stem]; known {
			pip = append(pip, p+n.packageSuffix())
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
	return fmt.Sprintf("missing %s: %s", strings.Join(n.missing, ", "), strings.Join(todo, "; "))
}

// packageSuffix is what the names of the Python packages end in.
func (n *NVIDIA) packageSuffix() string {
	if n.cuda() == 12 {
		return "-cu12"
	}
	return ""
}

// cuda is the version of CUDA that the provider is for.
func (n *NVIDIA) cuda() int {
	if _, needed := n.tried["libcudart.so.12"]; needed {
		return 12
	}
	return 13
}
