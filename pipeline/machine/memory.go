package machine

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// PeakMemory returns the most bytes of memory that this process has had resident
// at once, 0 where the system does not tell. On Linux that is VmHWM: what
// getrusage says outlives exec, so that a trial would begin with the peak of the
// study that started it.
func PeakMemory() int64 {
	if kilobytes := kilobytesOf("/proc/self/status", "VmHWM"); kilobytes > 0 {
		return kilobytes << 10
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil || runtime.GOOS == "linux" {
		return 0
	}
	return int64(usage.Maxrss) // bytes, but on Linux
}

// ForgetPeak makes [PeakMemory] count from the present memory on, where the
// system can; elsewhere the peak includes what came before.
func ForgetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // only Linux has the file
}

// FreeMemory returns the bytes of memory that this machine has to give, 0 where
// the system does not tell.
func FreeMemory() int64 { return kilobytesOf("/proc/meminfo", "MemAvailable") << 10 }

// kilobytesOf returns an entry of one of Linux's tables of memory, "Name: 1 kB",
// 0 where there is none.
func kilobytesOf(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(string(line), name+": %d kB", &kilobytes); n == 1 {
			return kilobytes
		}
	}
	return 0
}

// Megabytes writes a size for people.
func Megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
