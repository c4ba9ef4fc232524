package train

import "testing"

// LimitChunks makes the device loop run so many steps at once at most, until
// the test ends.
func LimitChunks(t testing.TB, steps int) {
	before := maxChunk
	maxChunk = steps
	t.Cleanup(func() { maxChunk = before })
}
