//go:build !linux

package pipeline

import (
	"errors"
	"os"
)

// allocate cannot ask this system's file systems.
func allocate(*os.File, int64) error { return errors.ErrUnsupported }
