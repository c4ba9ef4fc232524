package eval

import (
	"fmt"
	"slices"
)

// maxElements bounds a tensor, so that an absurd shape in a file is an error
// and not an exhausted memory: 128 MiB of float64.
const maxElements = 1 << 24

// checkShape returns the number of elements of a shape.
func checkShape(shape []int) (int, error) {
	n := 1
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, fmt.Errorf("shape %v has a negative size", shape)
		case d > maxElements || n*d > maxElements:
			return 0, fmt.Errorf("shape %v has more than %d elements", shape, maxElements)
		}
		n *= d
	}
	return n, nil
}

// count returns the number of elements of a checked shape.
func count(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// stridesOf returns how far apart in memory neighbours along each axis are.
func stridesOf(shape []int) []int {
	out := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i] = step
		step *= shape[i]
	}
	return out
}

// offsets lists, for every index into shape in row-major order, its product
// with the strides. It is how all kernels walk tensors.
func offsets(shape, strides []int) []int {
	out := make([]int, count(shape))
	index := make([]int, len(shape))
	at := 0
	for i := range out {
		out[i] = at
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			at += strides[d]
			if index[d] < shape[d] {
				break
			}
			at -= strides[d] * shape[d]
			index[d] = 0
		}
	}
	return out
}

// broadcast returns the shape to which operands of the given shapes broadcast.
func broadcast(shapes ...[]int) ([]int, error) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
		for _, s := range shapes {
			j := i - (rank - len(s))
			if j < 0 || s[j] == 1 {
				continue
			}
			if out[i] != 1 && out[i] != s[j] {
				return nil, fmt.Errorf("shapes %v do not broadcast", shapes)
			}
			out[i] = s[j]
		}
	}
	_, err := checkShape(out)
	return out, err
}

// expandTo returns v stretched to a shape it broadcasts to: v itself when it
// has that shape.
func (v *Value) expandTo(shape []int) (*Value, error) {
	if slices.Equal(v.Shape, shape) {
		return v, nil
	}
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	if full, err := broadcast(v.Shape, shape); err != nil || !slices.Equal(full, shape) {
		return nil, fmt.Errorf("shape %v does not broadcast to %v", v.Shape, shape)
	}
	strides := make([]int, len(shape))
	skip := len(shape) - len(v.Shape)
	for i, s := range stridesOf(v.Shape) {
		if v.Shape[i] != 1 {
			strides[skip+i] = s
		}
	}
	return v.take(shape, offsets(shape, strides)), nil
}

// expandAll stretches operands to their common shape.
func expandAll(in []*Value) ([]*Value, error) {
	shapes := make([][]int, len(in))
	for i, v := range in {
		shapes[i] = v.Shape
	}
	shape, err := broadcast(shapes...)
	if err != nil {
		return nil, err
	}
	out := make([]*Value, len(in))
	for i, v := range in {
		if out[i], err = v.expandTo(shape); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// transposed returns v with its axes permuted; perm must be a permutation.
func (v *Value) transposed(perm []int) *Value {
	shape, strides := make([]int, len(perm)), make([]int, len(perm))
	from := stridesOf(v.Shape)
	for i, p := range perm {
		shape[i], strides[i] = v.Shape[p], from[p]
	}
	return v.take(shape, offsets(shape, strides))
}

// lanes splits the elements of a shape into groups that differ only along the
// given axes: element k of group g is at outer[g] + inner[k].
func lanes(shape []int, axes []int) (outer, inner []int) {
	var kept, keptStrides, along, alongStrides []int
	for i, s := range stridesOf(shape) {
		if slices.Contains(axes, i) {
			along, alongStrides = append(along, shape[i]), append(alongStrides, s)
		} else {
			kept, keptStrides = append(kept, shape[i]), append(keptStrides, s)
		}
	}
	return offsets(kept, keptStrides), offsets(along, alongStrides)
}

// axisOf makes a possibly negative axis positive and checks it.
func axisOf(a int64, rank int) (int, error) {
	if a < -int64(rank) || a >= int64(rank) {
		return 0, fmt.Errorf("axis %d is outside a tensor of rank %d", a, rank)
	}
	if a < 0 {
		a += int64(rank)
	}
	return int(a), nil
}

// axesOf does so for several axes, which must differ.
func axesOf(axes []int64, rank int) ([]int, error) {
	out := make([]int, len(axes))
	for i, a := range axes {
		var err error
		if out[i], err = axisOf(a, rank); err != nil {
			return nil, err
		}
		if slices.Contains(out[:i], out[i]) {
			return nil, fmt.Errorf("axes %v name axis %d twice", axes, out[i])
		}
	}
	return out, nil
}

// sequence returns from, from+1, … below to.
func sequence(from, to int) []int {
	out := make([]int, 0, max(0, to-from))
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}
