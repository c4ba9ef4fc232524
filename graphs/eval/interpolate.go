package eval

import (
	"fmt"
	"math"
)

// interpolate returns the samples that make up the value at a coordinate of
// the axis. Places beyond the ends repeat the end, or are left out with
// exclude_outside.
func (a resizedAxis) interpolate(c *call, at float64) ([]sample, error) {
	if math.IsNaN(at) || math.Abs(at) > maxElements {
		return nil, fmt.Errorf("coordinate %v is out of range", at)
	}
	var filter func(distance float64) float64
	reach := 1.0
	switch mode := c.node.Str("mode", "nearest"); mode {
	case "nearest":
		return a.nearest(c, at)
	case "linear":
		filter = func(d float64) float64 { return max(0, 1-math.Abs(d)) }
	case "cubic":
		filter, reach = cubicFilter(c.float("cubic_coeff_a", -0.75)), 2
	default:
		return nil, fmt.Errorf("mode %q is not known", mode)
	}
	antialias, exclude := c.flag("antialias", 0), c.flag("exclude_outside", 0)
	stretch := 1.0
	if antialias {
		stretch = min(a.scale, 1) // the filter covers 1/stretch as many elements
	}
	if reach/stretch > maxElements {
		return nil, fmt.Errorf("scale %v is out of range", a.scale)
	}
	var samples []sample
	total := 0.0
	for i := math.Floor(at-reach/stretch) + 1; i < at+reach/stretch; i++ {
		weight := filter((i - at) * stretch)
		place := min(max(int(i), 0), a.in-1)
		if weight == 0 || exclude && float64(place) != i {
			continue
		}
		total += weight
		samples = append(samples, sample{place, weight})
	}
	if antialias || exclude {
		for i := range samples {
			samples[i].weight /= total
		}
	}
	return samples, nil
}

// cubicFilter is the convolution kernel of Keys with parameter a.
func cubicFilter(a float64) func(distance float64) float64 {
	return func(d float64) float64 {
		d = math.Abs(d)
		switch {
		case d <= 1:
			return ((a+2)*d-(a+3))*d*d + 1
		case d < 2:
			return ((d-5)*d+8)*d*a - 4*a
		}
		return 0
	}
}

func (a resizedAxis) nearest(c *call, at float64) ([]sample, error) {
	switch mode := c.node.Str("nearest_mode", "round_prefer_floor"); mode {
	case "round_prefer_floor":
		at = math.Ceil(at - 0.5)
	case "round_prefer_ceil":
		at = math.Floor(at + 0.5)
	case "floor":
		at = math.Floor(at)
	case "ceil":
		at = math.Ceil(at)
	default:
		return nil, fmt.Errorf("nearest_mode %q is not known", mode)
	}
	return []sample{{min(max(int(at), 0), a.in-1), 1}}, nil
}
