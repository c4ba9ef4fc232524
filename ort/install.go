package ort

import (
	"context"
	"errors"
	"io"
)

// InstallOptions say what to install. The zero value installs the CPU runtime from the Python package index.
type InstallOptions struct {
	CUDA     bool      // the build with the CUDA provider (Linux x64, 256 MB)
	Wheel    string    // a wheel file that is here already, instead of a download: for machines without a network
	Progress io.Writer // where to tell what is being done, a line a step; nil tells nobody
}

// Install …
func Install(ctx context.Context, o InstallOptions) (string, error) {
	return "", errors.New("in work")
}
