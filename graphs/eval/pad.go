package eval

import "fmt"

// pad adds elements before and after each axis, or removes them where the
// padding is negative.
func pad(c *call) ([]*Value, error) {
	x := c.in[0]
	before, after, err := padding(c)
	if err != nil {
		return nil, err
	}
	mode := c.node.Str("mode", "constant")
	shape := make([]int, len(x.Shape))
	for i, d := range x.Shape {
		shape[i] = d + before[i] + after[i]
	}
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	places := []int{0}
	for i, d := range x.Shape {
		sources, err := padSources(mode, d, before[i], shape[i])
		if err != nil {
			return nil, fmt.Errorf("axis %d: %w", i, err)
		}
		places = crossPlaces(places, sources, d)
	}
	out := x.take(shape, places)
	if !c.has(2) {
		return one(out)
	}
	if c.in[2].size() != 1 {
		return nil, fmt.Errorf("constant_value must have one element")
	}
	for i, p := range places {
		if p < 0 {
			out.set(i, c.in[2], 0)
		}
	}
	return one(out)
}

// padding returns the padding before and after every axis.
func padding(c *call) (before, after []int, err error) {
	rank := len(c.in[0].Shape)
	pads, axes := c.in[1].I, sequence(0, rank)
	if c.has(3) {
		if axes, err = axesOf(c.in[3].I, rank); err != nil {
			return nil, nil, err
		}
	}
	if len(pads) != 2*len(axes) {
		return nil, nil, fmt.Errorf("pads %v are not two for each of %d axes", pads, len(axes))
	}
	before, after = make([]int, rank), make([]int, rank)
	for i, a := range axes {
		before[a], after[a] = int(pads[i]), int(pads[len(axes)+i])
		if max(before[a], -before[a], after[a], -after[a]) > maxElements {
			return nil, nil, fmt.Errorf("pads %v are too large", pads)
		}
	}
	return before, after, nil
}

// padSources returns, for each element of a padded axis of n, the element it
// copies, or −1 for the constant.
func padSources(mode string, n, before, size int) ([]int, error) {
	if mode != "constant" && n == 0 && size > 0 {
		return nil, fmt.Errorf("mode %s needs elements to copy", mode)
	}
	sources := make([]int, size)
	for i := range sources {
		at := i - before
		switch mode {
		case "constant":
			if at >= n {
				at = -1
			}
			at = max(at, -1)
		case "edge":
			at = min(max(at, 0), n-1)
		case "wrap":
			at = (at%n + n) % n
		case "reflect": // a triangle wave with period 2(n−1)
			period := max(2*(n-1), 1)
			at = (at%period + period) % period
			at = min(at, period-at) * int(truth(n > 1))
		default:
			return nil, fmt.Errorf("mode %q is not known", mode)
		}
		sources[i] = at
	}
	return sources, nil
}

// crossPlaces extends places over the axes before by one axis of n elements,
// of which the sources are wanted.
func crossPlaces(places, sources []int, n int) []int {
	out := make([]int, 0, len(places)*len(sources))
	for _, p := range places {
		for _, s := range sources {
			at := p*n + s
			if p < 0 || s < 0 {
				at = -1
			}
			out = append(out, at)
		}
	}
	return out
}
