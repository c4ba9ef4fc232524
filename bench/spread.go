package bench

import (
	"slices"
	"time"
)

// Spread sums up repeated measurements by their order statistics.
type Spread struct {
	Min, Lower, Median, Upper, Max float64 // Lower and Upper are the quartiles
}

// newSpread sums up values; it panics when there are none. Quantiles lie on
// the line between the two nearest values, as numpy's do.
func newSpread(values []float64) Spread {
	if len(values) == 0 {
		panic("bench: spread of no values")
	}
	sorted := slices.Sorted(slices.Values(values))
	at := func(share float64) float64 {
		place := share * float64(len(sorted)-1)
		i := int(place)
		if i == len(sorted)-1 {
			return sorted[i]
		}
		return sorted[i] + (place-float64(i))*(sorted[i+1]-sorted[i])
	}
	return Spread{Min: at(0), Lower: at(0.25), Median: at(0.5), Upper: at(0.75), Max: at(1)}
}

// milliseconds is a duration as benchmarks give it.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
