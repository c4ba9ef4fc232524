package ort

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/memdil/memdil/ort/library"
	yalue "github.com/yalue/onnxruntime_go"
)

// Runtime is the loaded ONNX Runtime; there is one in a process.
type Runtime struct {
	info Info

	copying sync.Mutex
	copiers map[copier]*Session

	loadingNVIDIA         sync.Once
	nvidia                *library.NVIDIA
	warningOfConvolutions sync.Once
}

// Info says which runtime is loaded.
type Info struct {
	Library   string   // absolute path of the shared library
	Source    string   // where it was found, as in library.Candidate.Source
	Version   string   // of the library, "1.32.0"
	API       int      // version of the C API that memdil speaks; a library of version 1.X speaks every API up to X
	Providers []string // execution providers that lie with the library, "cpu" first
}

var (
	loading sync.Mutex
	loaded  *Runtime
)

// Load is LoadFor the CPU.
func Load(ctx context.Context) (*Runtime, error) { return LoadFor(ctx, Device{Kind: CPU}) }

// LoadFor finds the runtime's library, installs it when there is none, and initialises it. For a GPU, only a library with a CUDA
// provider will do, and is not installed unasked; for Auto it comes first on a machine with a GPU. Only the first call that succeeds
// loads a library; later ones return the same Runtime, whatever their device: see Runtime.Device. It is safe for concurrent use.
func LoadFor(ctx context.Context, d Device) (*Runtime, error) {
	loading.Lock()
	defer loading.Unlock()
	if loaded != nil {
		return loaded, nil
	}
	candidates, err := library.Find(ctx)
	if err != nil {
		return nil, err
	}
	candidates = suited(candidates, d)
	if d.Kind == CUDA && len(candidates) == 0 {
		return nil, &DeviceError{d, errors.New("no ONNX Runtime with a CUDA provider was found: " + getCUDA)}
	}
	var failed error
	for _, c := range candidates {
		r, err := open(c)
		if err == nil {
			loaded = r
			return r, nil
		}
		if c.Source == library.FromEnvironment {
			return nil, err
		}
		slog.Warn("skipping an ONNX Runtime library", "error", err)
		failed = err
	}
	if d.Kind == CUDA {
		return nil, failed
	}
	slog.Info("installing ONNX Runtime, once", "version", library.CPUVersion)
	path, err := library.Install(ctx, library.InstallOptions{})
	if err != nil {
		return nil, err
	}
	r, err := open(library.Candidate{Path: path, Source: library.FromCache})
	if err != nil {
		return nil, fmt.Errorf("%w (delete %s to have it installed anew)", err, filepath.Dir(path))
	}
	loaded = r
	return r, nil
}

// suited are the libraries to try for a device, in order.
func suited(candidates []library.Candidate, d Device) []library.Candidate {
	switch {
	case d.Kind == CUDA:
		return slices.DeleteFunc(candidates, func(c library.Candidate) bool { return !c.CUDA })
	case d.Kind == Auto && hasGPU():
		slices.SortStableFunc(candidates, func(a, b library.Candidate) int {
			switch {
			case a.CUDA == b.CUDA:
				return 0
			case a.CUDA:
				return -1
			}
			return 1
		})
	}
	return candidates
}

// open initialises the runtime in the library, and leaves nothing behind when that fails.
func open(c library.Candidate) (*Runtime, error) {
	// The library starts its telemetry, with an identifier of the device in the user's cache, before it can be told not to.
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return nil, fmt.Errorf("turn the telemetry of %s off: %w", c.Path, err)
	}
	yalue.SetSharedLibraryPath(c.Path)
	if err := yalue.InitializeEnvironment(yalue.WithLogLevelFatal()); err != nil {
		return nil, fmt.Errorf("load %s (%s): %w%s", c.Path, c.Source, oneLine(err), hint(err))
	}
	if err := ready(c.Path); err != nil {
		return nil, errors.Join(err, yalue.DestroyEnvironment())
	}
	return &Runtime{info: Info{
		Library:   c.Path,
		Source:    c.Source,
		Version:   yalue.GetVersion(),
		API:       apiVersion,
		Providers: library.Providers(c.Path),
	}}, nil
}

// ready settles what is left to do once the library is initialised.
func ready(path string) error {
	if err := yalue.DisableTelemetry(); err != nil {
		return fmt.Errorf("turn the telemetry of %s off: %w", path, oneLine(err))
	}
	return useAPI(path)
}

// Info says which library is loaded.
func (r *Runtime) Info() Info { return r.info }

// hint explains the one failure that the runtime words badly.
func hint(err error) string {
	if strings.Contains(err.Error(), "API base") {
		return fmt.Sprintf(": the library is too old, ONNX Runtime %s or newer is needed", library.Oldest)
	}
	return ""
}

// oneLine flattens a message that came over several lines.
func oneLine(err error) error {
	message := strings.Join(strings.Fields(err.Error()), " ")
	if message == err.Error() {
		return err
	}
	return errors.New(message)
}
