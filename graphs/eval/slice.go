package eval

import (
	"fmt"
	"math"
	"slices"
)

// slice takes every step-th element from start to before end along axes.
func slice(c *call) ([]*Value, error) {
	x := c.in[0]
	starts, ends := c.in[1].I, c.in[2].I
	given, steps := c.ints(3, "axes"), c.ints(4, "steps")
	if given == nil {
		for i := range starts {
			given = append(given, int64(i))
		}
	}
	if steps == nil {
		steps = slices.Repeat([]int64{1}, len(starts))
	}
	if len(ends) != len(starts) || len(given) != len(starts) || len(steps) != len(starts) {
		return nil, fmt.Errorf("starts, ends, axes and steps differ in length")
	}
	axes, err := axesOf(given, len(x.Shape))
	if err != nil {
		return nil, err
	}
	shape, strides, first := slices.Clone(x.Shape), stridesOf(x.Shape), 0
	for i, a := range axes {
		if steps[i] == 0 {
			return nil, fmt.Errorf("the step of axis %d is 0", a)
		}
		from, n := sliceRange(int64(x.Shape[a]), starts[i], ends[i], steps[i])
		first += int(from) * strides[a]
		shape[a] = int(n)
		strides[a] *= int(steps[i])
	}
	places := offsets(shape, strides)
	for i := range places {
		places[i] += first
	}
	return one(x.take(shape, places))
}

// sliceRange returns the first index and the length of a slice of n elements.
func sliceRange(n, start, end, step int64) (from, length int64) {
	step = max(step, -math.MaxInt64) // so that it can be negated
	clamp := func(v, low, high int64) int64 {
		if v < 0 {
			v += n
		}
		return min(max(v, low), high)
	}
	if step > 0 {
		start, end = clamp(start, 0, n), clamp(end, 0, n)
		return start, max(0, (end-start-1)/step+1) * truth(end > start)
	}
	start, end = clamp(start, 0, n-1), clamp(end, -1, n-1)
	return start, max(0, (start-end-1)/-step+1) * truth(start > end)
}
