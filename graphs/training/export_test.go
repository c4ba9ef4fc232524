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

// Unfiltered has them filter none.
func Unfiltered(t testing.TB) {
	gain := filterGain
	filterGain = math.MaxFloat64
	t.Cleanup(func() { filterGain = gain })
}

// FilteredForm has them filter all convolutions that can be; planes are treated as
// large ones.
func FilteredForm(t testing.TB) {
	setForm(t, unfolding{})
	filterGain = 0
}

func setForm(t testing.TB, u unfolding) {
	large, small, gain := largePlanes, smallPlanes, filterGain
	largePlanes, smallPlanes, filterGain = batchnorm.Large{}, u, math.MaxFloat64
	t.Cleanup(func() { largePlanes, smallPlanes, filterGain = large, small, gain })
}
