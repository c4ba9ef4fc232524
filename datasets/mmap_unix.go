//go:build unix

package datasets

import (
	"errors"
	"os"
	"syscall"
)

// mapFile maps a file into memory, read-only.
func mapFile(path string) (*mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() < 1 || int64(int(info.Size())) != info.Size() {
		return nil, errors.New("not a file that can be mapped")
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &mapping{data: data, unmap: syscall.Munmap}, nil
}
