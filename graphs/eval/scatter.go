package eval

import (
	"fmt"
	"slices"
)

// scatterElements writes updates to the elements of x that the indices name
// along an axis.
func scatterElements(c *call) ([]*Value, error) {
	x, indices, updates := c.in[0], c.in[1], c.in[2]
	axis, err := c.axis(0, len(x.Shape))
	if err != nil {
		return nil, err
	}
	if !slices.Equal(indices.Shape, updates.Shape) {
		return nil, fmt.Errorf("indices and updates differ in shape")
	}
	places, err := elementPlaces(x.Shape, indices, axis)
	if err != nil {
		return nil, err
	}
	return scatter(c, places)
}

// scatterND writes updates to the slices of x that the rows of indices name.
func scatterND(c *call) ([]*Value, error) {
	x, indices, updates := c.in[0], c.in[1], c.in[2]
	starts, slice, err := tuplePlaces(x.Shape, indices, 0)
	if err != nil {
		return nil, err
	}
	want := slices.Concat(indices.Shape[:len(indices.Shape)-1], slice)
	if !slices.Equal(updates.Shape, want) {
		return nil, fmt.Errorf("updates must have shape %v", want)
	}
	var places []int
	for _, at := range starts {
		places = append(places, sequence(at, at+count(slice))...)
	}
	return scatter(c, places)
}

// scatter combines updates with the elements of x at the places, as the
// attribute "reduction" says.
func scatter(c *call, places []int) ([]*Value, error) {
	x, updates := c.in[0], c.in[2]
	out := zeros(x.Type, x.Shape)
	copy(out.F, x.F)
	copy(out.I, x.I)
	name := c.node.Str("reduction", "none")
	r, ok := scatterReductions[name]
	if !ok {
		return nil, fmt.Errorf("reduction %q is not known", name)
	}
	for i, p := range places {
		if out.isFloat() {
			out.F[p] = r.floats(out.F[p], updates.F[i])
		} else {
			out.I[p] = r.integers(out.I[p], updates.I[i])
		}
	}
	return one(out)
}

var scatterReductions = map[string]struct {
	floats   func(old, update float64) float64
	integers func(old, update int64) int64
}{
	"none": {second[float64], second[int64]},
	"add":  {addFloats, addInts},
	"mul":  {func(x, y float64) float64 { return x * y }, func(x, y int64) int64 { return x * y }},
	"max":  {func(x, y float64) float64 { return max(x, y) }, func(x, y int64) int64 { return max(x, y) }},
	"min":  {func(x, y float64) float64 { return min(x, y) }, func(x, y int64) int64 { return min(x, y) }},
}

func second[E any](_, update E) E { return update }
