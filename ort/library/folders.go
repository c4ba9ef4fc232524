package library

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// libraryPattern is the name of a versioned library on Linux or macOS.
var libraryPattern = regexp.MustCompile(`^libonnxruntime(?:\.so\.(\d+\.\d+\.\d+)|\.(\d+\.\d+\.\d+)\.dylib)$`)

// libraryName is the name of a versioned library on this system.
func libraryName(version string) string {
	if here.os == "darwin" {
		return "libonnxruntime." + version + ".dylib"
	}
	return "libonnxruntime.so." + version
}

// fileVersion reads the version off a library's name, of the file itself behind links; it is empty when the name does not tell.
func fileVersion(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	m := libraryPattern.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

// compareVersions compares dotted numbers.
func compareVersions(a, b string) int {
	return slices.Compare(versionNumbers(a), versionNumbers(b))
}

func versionNumbers(v string) []int {
	var numbers []int
	for _, part := range strings.Split(v, ".") {
		n, _ := strconv.Atoi(part)
		numbers = append(numbers, n)
	}
	return numbers
}

// inFolder lists the folder's versioned libraries that are new enough, the newest first.
func inFolder(dir, source string) []Candidate {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !libraryPattern.MatchString(e.Name()) || !isFile(path) {
			continue
		}
		v := fileVersion(path)
		if compareVersions(v, Oldest) < 0 {
			slog.Warn("skipping an ONNX Runtime library that is too old", "library", path, "version", v, "needed", Oldest)
			continue
		}
		found = append(found, Candidate{Path: path, Source: source, Version: v, CUDA: hasCUDA(path)})
	}
	slices.SortStableFunc(found, func(a, b Candidate) int { return compareVersions(b.Version, a.Version) })
	return found
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// cacheRoot is the folder of the libraries that memdil installed, one folder a version.
func cacheRoot() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w: set one of them, or ORT_LIBRARY to the library", err)
	}
	return filepath.Join(dir, "memdil", "ort"), nil
}

// findSpec prints the folder of the onnxruntime package without importing it, and never one in the working directory.
const findSpec = `
import sys
sys.path = [p for p in sys.path if p]
from importlib.util import find_spec
spec = find_spec("onnxruntime")
for folder in (spec and spec.submodule_search_locations) or ():
    print(folder)
`

// pythonFolders are the folders that hold the library of an installed Python onnxruntime.
func pythonFolders(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var dirs []string
	for _, python := range []string{"python3", "python"} {
		cmd := exec.CommandContext(ctx, python, "-c", findSpec)
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		if err != nil {
			continue
		}
		for line := range bytes.Lines(out) {
			dir := filepath.Join(string(bytes.TrimSpace(line)), "capi")
			if !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

// systemFolders are the folders in which the system's loader and package managers keep libraries.
func systemFolders() []string {
	dirs := filepath.SplitList(cmp.Or(os.Getenv("LD_LIBRARY_PATH"), os.Getenv("DYLD_LIBRARY_PATH")))
	if conda := os.Getenv("CONDA_PREFIX"); conda != "" {
		dirs = append(dirs, filepath.Join(conda, "lib"))
	}
	dirs = append(dirs, standardFolders...)
	// A relative folder means another place in every working directory.
	return slices.DeleteFunc(dirs, func(dir string) bool { return !filepath.IsAbs(dir) })
}

// standardFolders is a variable so that tests can look elsewhere.
var standardFolders = []string{
	"/usr/local/lib", "/usr/local/lib64", "/opt/homebrew/lib", "/opt/onnxruntime/lib",
	"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
}
