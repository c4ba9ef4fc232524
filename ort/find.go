package ort

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const (
	apiVersion = 24       // of the C API in onnxruntime_go v1.27.0
	minVersion = "1.24.0" // the first runtime that speaks it
)

// Sources of a library, in the order in which they are looked through.
const (
	sourceEnvironment = "$ORT_LIBRARY"
	sourceCache       = "cache"
	sourcePython      = "python"
	sourceSystem      = "system"
)

// Candidate is a runtime library on this machine.
type Candidate struct {
	Library string // absolute path of the versioned file
	Source  string // "$ORT_LIBRARY", "cache", "python" or "system"
	Version string // as the file's name tells it; may be empty for $ORT_LIBRARY
	CUDA    bool   // a CUDA provider lies beside it
}

// Find lists the runtime libraries on this machine in the order in which Load tries them for the CPU: the one that $ORT_LIBRARY names and no
// other, else those in memdil's cache, in an installed Python onnxruntime (found, not imported) and in the system's folders, each
// the newest first. Libraries that are too old are left out, but an error when $ORT_LIBRARY names one.
func Find(ctx context.Context) ([]Candidate, error) {
	if path := os.Getenv("ORT_LIBRARY"); path != "" {
		c, err := named(path)
		if err != nil {
			return nil, err
		}
		return []Candidate{c}, nil
	}
	var found []Candidate
	if root, err := cacheRoot(); err == nil {
		for _, r := range releases {
			found = append(found, inFolder(filepath.Join(root, r.folder()), sourceCache)...)
		}
	}
	for _, dir := range pythonFolders(ctx) {
		found = append(found, inFolder(dir, sourcePython)...)
	}
	for _, dir := range systemFolders() {
		found = append(found, inFolder(dir, sourceSystem)...)
	}
	return found, ctx.Err()
}

// hasProvider tells whether the CUDA provider lies beside the library.
func hasProvider(library string) bool {
	return isFile(filepath.Join(filepath.Dir(library), cudaProvider))
}

// named is the library that the user asked for by path.
func named(path string) (Candidate, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Candidate{}, fmt.Errorf("resolve $ORT_LIBRARY: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return Candidate{}, fmt.Errorf("look for the library that $ORT_LIBRARY names: %w: name an existing file, or unset it to have one found or installed", err)
	}
	if info.IsDir() {
		return Candidate{}, fmt.Errorf("$ORT_LIBRARY names the folder %s: name the library's versioned file in it, %s", path, libraryName(cpuVersion))
	}
	c := Candidate{Library: path, Source: sourceEnvironment, Version: fileVersion(path), CUDA: hasProvider(path)}
	if c.Version != "" && compareVersions(c.Version, minVersion) < 0 {
		return Candidate{}, fmt.Errorf("$ORT_LIBRARY names ONNX Runtime %s (%s): %s or newer is needed", c.Version, path, minVersion)
	}
	return c, nil
}
