package machine

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestFreeMemory(t *testing.T) {
	if free := FreeMemory(); runtime.GOOS == "linux" && free < 1<<20 {
		t.Errorf("%d bytes are free", free)
	}
}

// TestPeakMemory holds a block that the peak must show.
func TestPeakMemory(t *testing.T) {
	debug.FreeOSMemory()                                      // the block could lie in what other tests left resident
	before := kilobytesOf("/proc/self/status", "VmRSS") << 10 // what is resident; other tests' peak may be far above it
	if before == 0 || PeakMemory() == 0 {
		t.Skip("this system does not tell")
	}
	const size = 256 << 20
	block := make([]byte, size)
	for i := 0; i < size; i += os.Getpagesize() {
		block[i] = 1
	}
	if above := PeakMemory() - before; above < size*9/10 {
		t.Errorf("the peak is %d bytes above what was resident, a block of %d was touched", above, size)
	}
}
