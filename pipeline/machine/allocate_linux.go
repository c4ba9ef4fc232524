package machine

import (
	"os"
	"syscall"
)

// Allocate asks the file system for the bytes of a file, without writing them.
func Allocate(f *os.File, bytes int64) error {
	if bytes == 0 {
		return nil
	}
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, 0, bytes)
		if err != syscall.EINTR {
			return err
		}
	}
}
