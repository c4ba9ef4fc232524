package training

import (
	"math"
	"testing"

	"github.com/memdil/memdil/graphs/passes"
)

// AllForms has device graphs take the forms that pay for some sizes whatever
// the sizes are, until the test ends.
func AllForms(t testing.TB) {
	large, small := largePlanes, smallPlanes
	largePlanes, smallPlanes = passes.Large{}, unfolding{elements: math.MaxInt64}
	t.Cleanup(func() { largePlanes, smallPlanes = large, small })
}
