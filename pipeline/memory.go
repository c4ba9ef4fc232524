package pipeline

import (
	"runtime"
	"syscall"
)

// peakMemoryColumn is the column of history.arrow with the most memory, in
// bytes, that this process had resident by the end of the epoch.
const peakMemoryColumn = "peak_memory_bytes"

// peakMemory returns that number, 0 where the system does not tell.
func peakMemory() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	peak := float64(usage.Maxrss)
	if runtime.GOOS == "linux" {
		peak *= 1024 // others count bytes
	}
	return peak
}
