package eval

import (
	"fmt"
	"slices"
)

// concat joins values of one type along an axis.
func concat(c *call) ([]*Value, error) {
	first := c.in[0]
	axis, err := c.axis(0, len(first.Shape))
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(first.Shape)
	for _, v := range c.in[1:] {
		if len(v.Shape) != len(shape) {
			return nil, fmt.Errorf("ranks differ")
		}
		for i, d := range v.Shape {
			if i != axis && d != shape[i] {
				return nil, fmt.Errorf("sizes %d and %d of axis %d differ", shape[i], d, i)
			}
		}
		shape[axis] += v.Shape[axis]
	}
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	out := zeros(first.Type, shape)
	start, stride := 0, stridesOf(shape)
	for _, v := range c.in {
		for i, at := range offsets(v.Shape, stride) {
			out.set(start+at, v, i)
		}
		start += v.Shape[axis] * stride[axis]
	}
	return one(out)
}

// set copies element j of w, which is of the same type, to place i.
func (v *Value) set(i int, w *Value, j int) {
	if v.isFloat() {
		v.F[i] = w.F[j]
	} else {
		v.I[i] = w.I[j]
	}
}

// split cuts along an axis into the given lengths, or into as many equal
// parts as there are outputs, the last one smaller where they do not fit.
func split(c *call) ([]*Value, error) {
	x := c.in[0]
	axis, err := c.axis(0, len(x.Shape))
	if err != nil {
		return nil, err
	}
	lengths, err := splitLengths(c, x.Shape[axis])
	if err != nil {
		return nil, err
	}
	strides := stridesOf(x.Shape)
	out, start := make([]*Value, len(lengths)), 0
	for i, n := range lengths {
		shape := slices.Clone(x.Shape)
		shape[axis] = n
		places := offsets(shape, strides)
		for j := range places {
			places[j] += start * strides[axis]
		}
		out[i] = x.take(shape, places)
		start += n
	}
	return out, nil
}

func splitLengths(c *call, size int) ([]int, error) {
	lengths := toInts(c.ints(1, "split"))
	if len(lengths) == 0 {
		parts := c.node.Int("num_outputs", int64(len(c.node.Outputs)))
		if parts < 1 || parts != int64(len(c.node.Outputs)) {
			return nil, fmt.Errorf("num_outputs = %d for %d outputs", parts, len(c.node.Outputs))
		}
		part := (size + int(parts) - 1) / int(parts)
		for left := size; len(lengths) < int(parts); left -= part {
			lengths = append(lengths, max(0, min(part, left)))
		}
	}
	total := 0
	for _, n := range lengths {
		if n < 0 || n > size {
			return nil, fmt.Errorf("lengths %v do not split an axis of %d", lengths, size)
		}
		total += n
	}
	if total != size {
		return nil, fmt.Errorf("lengths %v do not split an axis of %d", lengths, size)
	}
	return lengths, nil
}

// tile repeats x along every axis.
func tile(c *call) ([]*Value, error) {
	x, repeats := c.in[0], toInts(c.in[1].I)
	if len(repeats) != len(x.Shape) {
		return nil, fmt.Errorf("repeats %v are not one for each of %d axes", repeats, len(x.Shape))
	}
	// An axis of n repeated r times is an axis r of stride 0 before one of n.
	var shape, walk, strides []int
	for i, s := range stridesOf(x.Shape) {
		if _, err := checkShape([]int{repeats[i], x.Shape[i]}); err != nil {
			return nil, err
		}
		shape = append(shape, repeats[i]*x.Shape[i])
		walk, strides = append(walk, repeats[i], x.Shape[i]), append(strides, 0, s)
	}
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	return one(x.take(shape, offsets(walk, strides)))
}
