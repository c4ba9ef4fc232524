package eval

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// indexOf makes a possibly negative index into n elements positive and checks
// it.
func indexOf(i int64, n int) (int, error) {
	if i < -int64(n) || i >= int64(n) {
		return 0, fmt.Errorf("index %d is outside an axis of %d", i, n)
	}
	if i < 0 {
		i += int64(n)
	}
	return int(i), nil
}

// gather replaces an axis by the slices that the indices name.
func gather(c *call) ([]*Value, error) {
	x, indices := c.in[0], c.in[1]
	axis, err := c.axis(0, len(x.Shape))
	if err != nil {
		return nil, err
	}
	before, after := count(x.Shape[:axis]), count(x.Shape[axis+1:])
	shape := slices.Concat(x.Shape[:axis], indices.Shape, x.Shape[axis+1:])
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	places := make([]int, 0, count(shape))
	for b := range before {
		for _, i := range indices.I {
			k, err := indexOf(i, x.Shape[axis])
			if err != nil {
				return nil, err
			}
			start := (b*x.Shape[axis] + k) * after
			places = append(places, sequence(start, start+after)...)
		}
	}
	return one(x.take(shape, places))
}

// elementPlaces returns, for every element of indices, the place in a tensor
// of the given shape that has its own index but along the axis the one it
// names.
func elementPlaces(shape []int, indices *Value, axis int) ([]int, error) {
	if len(indices.Shape) != len(shape) {
		return nil, fmt.Errorf("indices of rank %d address a tensor of rank %d", len(indices.Shape), len(shape))
	}
	for i, d := range indices.Shape {
		if i != axis && d > shape[i] {
			return nil, fmt.Errorf("indices %v exceed shape %v", indices.Shape, shape)
		}
	}
	strides := stridesOf(shape)
	step := strides[axis]
	strides[axis] = 0
	places := offsets(indices.Shape, strides)
	for i := range places {
		k, err := indexOf(indices.I[i], shape[axis])
		if err != nil {
			return nil, err
		}
		places[i] += k * step
	}
	return places, nil
}

func gatherElements(c *call) ([]*Value, error) {
	x, indices := c.in[0], c.in[1]
	axis, err := c.axis(0, len(x.Shape))
	if err != nil {
		return nil, err
	}
	places, err := elementPlaces(x.Shape, indices, axis)
	if err != nil {
		return nil, err
	}
	return one(x.take(indices.Shape, places))
}

// tuplePlaces returns the start of the slice that each row of the last axis of
// indices names, and the shape of these slices. The first batch axes of
// indices and tensor go together.
func tuplePlaces(shape []int, indices *Value, batch int) (starts, slice []int, err error) {
	last := len(indices.Shape) - 1
	if batch < 0 || last < batch || len(shape) <= batch || !slices.Equal(shape[:batch], indices.Shape[:batch]) {
		return nil, nil, fmt.Errorf("indices %v do not address shape %v with %d batch axes", indices.Shape, shape, batch)
	}
	depth := indices.Shape[last]
	if depth < 1 || batch+depth > len(shape) {
		return nil, nil, fmt.Errorf("indices of %d numbers address a tensor of rank %d", depth, len(shape)-batch)
	}
	strides := stridesOf(shape)
	batchStrides := append(slices.Clone(strides[:batch]), make([]int, last-batch)...)
	starts = offsets(indices.Shape[:last], batchStrides)
	for i := range starts {
		for d := range depth {
			k, err := indexOf(indices.I[i*depth+d], shape[batch+d])
			if err != nil {
				return nil, nil, err
			}
			starts[i] += k * strides[batch+d]
		}
	}
	return starts, shape[batch+depth:], nil
}

func gatherND(c *call) ([]*Value, error) {
	x, indices := c.in[0], c.in[1]
	starts, slice, err := tuplePlaces(x.Shape, indices, int(c.node.Int("batch_dims", 0)))
	if err != nil {
		return nil, err
	}
	shape := slices.Concat(indices.Shape[:len(indices.Shape)-1], slice)
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	var places []int
	for _, at := range starts {
		places = append(places, sequence(at, at+count(slice))...)
	}
	return one(x.take(shape, places))
}

// oneHot inserts an axis along which the element that the index names is "on";
// an index outside the depth names none.
func oneHot(c *call) ([]*Value, error) {
	indices, values := c.in[0], c.in[2]
	where, err := c.scalar(1, 0)
	if err != nil {
		return nil, err
	}
	depth := int(where)
	if values.size() != 2 {
		return nil, fmt.Errorf("values must be off and on")
	}
	axis, err := c.axis(-1, len(indices.Shape)+1)
	if err != nil {
		return nil, err
	}
	shape := slices.Insert(slices.Clone(indices.Shape), axis, depth)
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	places := make([]int, count(shape)) // all off
	outer, inner := lanes(shape, []int{axis})
	for g, index := range indices.floats() {
		if index < 0 {
			index += float64(depth)
		}
		if index >= 0 && index < float64(depth) {
			places[outer[g]+inner[int(index)]] = 1
		}
	}
	return one(values.take(shape, places))
}

// nonZero lists the indices of the elements that are not 0, an axis a row.
func nonZero(c *call) ([]*Value, error) {
	x := c.in[0]
	var hits []int
	for i, v := range x.floats() {
		if v != 0 {
			hits = append(hits, i)
		}
	}
	out := zeros(graphs.Int64, []int{len(x.Shape), len(hits)})
	for axis, stride := range stridesOf(x.Shape) {
		for j, at := range hits {
			out.I[axis*len(hits)+j] = int64(at / stride % x.Shape[axis])
		}
	}
	return one(out)
}

// trilu keeps the upper or lower triangle of matrices, from diagonal k on.
func trilu(c *call) ([]*Value, error) {
	x := c.in[0]
	rank := len(x.Shape)
	if rank < 2 {
		return nil, fmt.Errorf("it needs a rank of at least 2")
	}
	diagonal, err := c.scalar(1, 0)
	if err != nil {
		return nil, err
	}
	upper := c.flag("upper", 1)
	rows, columns := x.Shape[rank-2], x.Shape[rank-1]
	places := sequence(0, x.size())
	for i := range places {
		beyond := float64(i%columns-i/columns%rows) - diagonal // above the diagonal when positive
		if upper && beyond < 0 || !upper && beyond > 0 {
			places[i] = -1
		}
	}
	return one(x.take(x.Shape, places))
}
