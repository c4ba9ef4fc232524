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

// freeMemory returns the bytes of memory that this machine has to give, 0 where
// the system does not tell.
func freeMemory() int64 { return kilobytesOf("/proc/meminfo", "MemAvailable") << 10 }

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
