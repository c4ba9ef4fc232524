package library

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Oldest is the version of the first library that speaks the C API of package ort.
const Oldest = "1.24.0"

// Where libraries are found, in the order of looking: the values of Candidate.Source.
const (
	FromEnvironment = "$ORT_LIBRARY"
	FromCache       = "cache"
	FromPython      = "python"
	FromSystem      = "system"
)

// Candidate is a runtime library on this machine.
type Candidate struct {
	Path    string // absolute, of the versioned file
	Source  string // FromEnvironment, FromCache, FromPython or FromSystem
	Version string // as the file's name tells it; may be empty for $ORT_LIBRARY
	CUDA    bool   // a CUDA provider lies beside it
}

// Find lists the runtime libraries on this machine in the order in which ort.Load tries them for the CPU: the one that $ORT_LIBRARY names and no
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
			found = append(found, inFolder(filepath.Join(root, r.folder()), FromCache)...)
		}
	}
	for _, dir := range pythonFolders(ctx) {
		found = append(found, inFolder(dir, FromPython)...)
	}
	for _, dir := range systemFolders() {
		found = append(found, inFolder(dir, FromSystem)...)
	}
	return found, ctx.Err()
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
		return Candidate{}, fmt.Errorf("$ORT_LIBRARY names the folder %s: name the library's versioned file in it, %s", path, libraryName(CPUVersion))
	}
	c := Candidate{Path: path, Source: FromEnvironment, Version: fileVersion(path), CUDA: hasCUDA(path)}
	if c.Version != "" && compareVersions(c.Version, Oldest) < 0 {
		return Candidate{}, fmt.Errorf("$ORT_LIBRARY names ONNX Runtime %s (%s): %s or newer is needed", c.Version, path, Oldest)
	}
	return c, nil
}
