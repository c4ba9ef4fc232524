package pipeline

import (
	"bytes"
	"fmt"
	"os"
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

// freeMemory returns the bytes of memory that this machine has to give, 0 where
// the system does not tell.
func freeMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(string(line), "MemAvailable: %d kB", &kilobytes); n == 1 {
			return kilobytes * 1024
		}
	}
	return 0
}

// checkMemory warns of batches that take more memory than there is. Where
// either number is 0, nobody knows.
func (s *session) checkMemory(takes, free int64) {
	if takes == 0 || free == 0 || takes <= free {
		return
	}
	setting := "micro_batch"
	if isLBFGS(s.exp) {
		setting = "ghost_batch"
	}
	s.log.Warn(fmt.Sprintf("evaluating a batch takes about %s of memory, and %s are free: --%s evaluates it in pieces", megabytes(takes), megabytes(free), setting))
}

// roomForClasses refuses to measure more classes than the free memory has room
// for, 0 where the system does not tell: a stray label can make K large.
func roomForClasses(classes int, free int64) error {
	const bytesPerPair = 40 // the K×K matrices of package metrics and their JSON
	takes := bytesPerPair * int64(classes) * int64(classes)
	if free == 0 || takes <= free {
		return nil
	}
	return fmt.Errorf("%d classes take about %s of memory, and %s are free: is the largest label a class?", classes, megabytes(takes), megabytes(free))
}
