package bench

import (
	"os"
	"testing"
)

// TestPeakMemory holds a block that the peak must show, and then forgets it.
func TestPeakMemory(t *testing.T) {
	before := PeakMemory()
	if before == 0 {
		t.Skip("this system does not tell")
	}
	const size = 256 << 20
	block := make([]byte, size)
	for i := 0; i < size; i += os.Getpagesize() {
		block[i] = 1
	}
	if grown := PeakMemory() - before; grown < size*9/10 {
		t.Errorf("the peak grew by %d bytes, a block of %d was touched", grown, size)
	}
}
