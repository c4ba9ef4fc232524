package training

import (
	"math"
	"testing"

	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// LargeForm has device graphs treat all planes as large ones, whatever their
// sizes are, until the test ends.
func LargeForm(t testing.TB) { setForm(t, unfolding{}) }

// SmallForm has them unfold all convolutions that can be; planes away from these
// are treated as large ones.
func SmallForm(t testing.TB) { setForm(t, unfolding{elements: math.MaxInt64}) }

func setForm(t testing.TB, u unfolding) {
	large, small := largePlanes, smallPlanes
	largePlanes, smallPlanes = batchnorm.Large{}, u
	t.Cleanup(func() { largePlanes, smallPlanes = large, small })
}
