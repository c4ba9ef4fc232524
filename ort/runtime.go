package ort

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	yalue "github.com/yalue/onnxruntime_go"
)

// Runtime is the loaded ONNX Runtime; there is one in a process.
type Runtime struct {
	info    Info
	copying sync.Mutex
	copiers map[copier]*Session
}

// Info says which runtime is loaded.
type Info struct {
	Library   string   // absolute path of the shared library
	Source    string   // where it was found, as in Candidate.Source
	Version   string   // of the library, "1.32.0"
	API       int      // version of the C API that memdil speaks; a library of version 1.X speaks every API up to X
	Providers []string // execution providers that lie with the library, "cpu" first
}

var (
	loading sync.Mutex
	loaded  *Runtime
)

// Load finds the runtime's library, installs it when there is none, and initialises it. Only the first call that succeeds does so;
// later ones return the same Runtime. It is safe for concurrent use.
func Load(ctx context.Context) (*Runtime, error) {
	loading.Lock()
	defer loading.Unlock()
	if loaded != nil {
		return loaded, nil
	}
	candidates, err := Find(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		r, err := open(c)
		if err == nil {
			loaded = r
			return r, nil
		}
		if c.Source == sourceEnvironment {
			return nil, err
		}
		slog.Warn("skipping an ONNX Runtime library", "error", err)
	}
	slog.Info("installing ONNX Runtime, once", "version", cpuVersion)
	path, err := Install(ctx, InstallOptions{})
	if err != nil {
		return nil, err
	}
	r, err := open(Candidate{Library: path, Source: sourceCache})
	if err != nil {
		return nil, fmt.Errorf("%w (delete %s to have it installed anew)", err, filepath.Dir(path))
	}
	loaded = r
	return r, nil
}

// open initialises the runtime in the library, and leaves nothing behind when that fails.
func open(c Candidate) (*Runtime, error) {
	// The library starts its telemetry, with an identifier of the device in the user's cache, before it can be told not to.
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return nil, fmt.Errorf("turn the telemetry of %s off: %w", c.Library, err)
	}
	yalue.SetSharedLibraryPath(c.Library)
	if err := yalue.InitializeEnvironment(yalue.WithLogLevelFatal()); err != nil {
		return nil, fmt.Errorf("load %s (%s): %w%s", c.Library, c.Source, oneLine(err), hint(err))
	}
	if err := yalue.DisableTelemetry(); err != nil {
		return nil, fmt.Errorf("turn the telemetry of %s off: %w", c.Library, oneLine(err))
	}
	if err := useAPI(c.Library); err != nil {
		return nil, err
	}
	return &Runtime{info: Info{
		Library:   c.Library,
		Source:    c.Source,
		Version:   yalue.GetVersion(),
		API:       apiVersion,
		Providers: providers(filepath.Dir(c.Library)),
	}}, nil
}

// Info says which library is loaded.
func (r *Runtime) Info() Info { return r.info }

// hint explains the one failure that the runtime words badly.
func hint(err error) string {
	if strings.Contains(err.Error(), "API base") {
		return fmt.Sprintf(": the library is too old, ONNX Runtime %s or newer is needed", minVersion)
	}
	return ""
}

// providers lists the execution providers whose libraries lie in the folder.
func providers(dir string) []string {
	list := []string{"cpu"}
	for _, name := range []string{"cuda", "tensorrt"} {
		if matches, _ := filepath.Glob(filepath.Join(dir, "libonnxruntime_providers_"+name+".*")); len(matches) > 0 {
			list = append(list, name)
		}
	}
	return list
}

// oneLine flattens a message that came over several lines.
func oneLine(err error) error {
	message := strings.Join(strings.Fields(err.Error()), " ")
	if message == err.Error() {
		return err
	}
	return errors.New(message)
}
