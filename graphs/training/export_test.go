package training

import (
	"testing"

	"github.com/memdil/memdil/graphs/passes"
)

// AllLarge has device graphs treat all planes as large, until the test ends.
func AllLarge(t testing.TB) {
	before := largePlanes
	largePlanes = passes.Large{}
	t.Cleanup(func() { largePlanes = before })
}
