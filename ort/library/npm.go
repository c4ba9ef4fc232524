package library

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// npm downloads the runtime's package for Node and takes this machine's library out of it. It is the last resort: an older version
// in a larger package.
func npm(ctx context.Context, i installer, p pin, work string) (string, error) {
	if p.cuda {
		return "", errors.New("its package has no CUDA provider")
	}
	p = pin{release: release{version: npmVersion}, pkg: "onnxruntime-node", megabytes: 114}
	if err := i.run(ctx, p, work, "npm", "pack", p.pkg+"@"+p.version, "--ignore-scripts", "--silent", "--pack-destination", work); err != nil {
		return "", err
	}
	archive, err := only(work, "*.tgz")
	if err != nil {
		return "", err
	}
	if err := checkHash(archive, npmSHA256); err != nil {
		return "", err
	}
	libraries := filepath.Join(work, "libraries")
	if err := os.Mkdir(libraries, 0o755); err != nil {
		return "", err
	}
	if err := takePacked(archive, nodeLibrary(here), filepath.Join(libraries, libraryName(p.version))); err != nil {
		return "", fmt.Errorf("unpack %s: %w", filepath.Base(archive), err)
	}
	return i.publish(p.release, libraries)
}

// nodeLibrary is the library's place in the package for Node.
func nodeLibrary(m machine) string {
	arch, file := m.arch, "libonnxruntime.so.1"
	if arch == "amd64" {
		arch = "x64"
	}
	if m.os == "darwin" {
		file = "libonnxruntime." + npmVersion + ".dylib"
	}
	return path.Join("package/bin/napi-v6", m.os, arch, file)
}

// takePacked writes one file of a .tgz.
func takePacked(archive, name, to string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("it has no %s", name)
		}
		if err != nil {
			return err
		}
		if header.Name == name && header.Typeflag == tar.TypeReg {
			return writeLibrary(to, r)
		}
	}
}
