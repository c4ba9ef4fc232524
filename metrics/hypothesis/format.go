package hypothesis

import (
	"math"
	"strconv"
)

// FormatP spells a p-value as papers print it: with two significant digits,
// "0.012"; as "< 0.0001" where it is, since such values need not be told apart;
// as "–" where it is NaN.
func FormatP(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 1e-4:
		return "< 0.0001"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}
