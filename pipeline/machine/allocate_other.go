//go:build !linux

package machine

import (
	"errors"
	"os"
)

// Allocate cannot ask this system's file systems.
func Allocate(*os.File, int64) error { return errors.ErrUnsupported }
