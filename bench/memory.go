package bench

import (
	"os"
	"strconv"
	"strings"
)

// PeakMemory returns the largest number of bytes of memory that the process
// has held at once (VmHWM), 0 where the system does not tell.
func PeakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}

// forgetPeak makes PeakMemory count from the present memory on, where the
// system can; elsewhere the peak includes what came before.
func forgetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // only Linux has the file
}
